#include "cli/stream_summary.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/json_string.h"
#include "base/text.h"
#include "cli/exit_status.h"
#include "cli/json_object.h"
#include "cli/table.h"

namespace weir::cli {
namespace {

constexpr std::size_t shown_rejects = 10;  // in the table; --rejects keeps them all

double rate_of(const ProducerProgress& totals) {
    return totals.seconds > 0 ? static_cast<double>(totals.acknowledged) / totals.seconds : 0;
}

}  // namespace

std::string summary_table(const ProducerSummary& summary) {
    const ProducerProgress& totals = summary.totals;
    std::string out = name_value_lines({{"run id", summary.run_id},
                                        {"sent", with_commas(totals.produced)},
                                        {"acknowledged", with_commas(totals.acknowledged)},
                                        {"stored", with_commas(totals.stored)},
                                        {"duplicates", with_commas(totals.duplicates)},
                                        {"rejected", with_commas(totals.rejected)},
                                        {"failed", with_commas(totals.failed)},
                                        {"late", with_commas(totals.late)},
                                        {"retries", with_commas(totals.retries)},
                                        {"on the wire", format_bytes(Bytes{totals.wire_bytes})},
                                        {"seconds", fmt::format("{:.3f}", totals.seconds)},
                                        {"rate", fmt::format("{:.1f} events/s", rate_of(totals))}});
    if (summary.first_rejected.empty()) return out;
    Table table({{"LINE", Table::Align::right}, {"CODE"}, {"MESSAGE"}});
    for (std::size_t i = 0; i < std::min(shown_rejects, summary.first_rejected.size()); ++i) {
        const DeadLetter& letter = summary.first_rejected[i];
        table.add({std::to_string(letter.line), std::string(code_of(letter.reason)), letter.message});
    }
    return out + "\nrejected lines\n" + table.text();
}

std::string summary_json(const ProducerSummary& summary) {
    const ProducerProgress& totals = summary.totals;
    std::string rejected = "[";
    for (const DeadLetter& letter : summary.first_rejected) {
        if (rejected.size() > 1) rejected += ',';
        rejected += JsonObject()
                        .add("line", letter.line)
                        .add("code", code_of(letter.reason))
                        .add("message", letter.message)
                        .text();
    }
    JsonObject object;
    object.add("run_id", summary.run_id)
        .add("sent", totals.produced)
        .add("acknowledged", totals.acknowledged)
        .add("stored", totals.stored)
        .add("duplicates", totals.duplicates)
        .add("rejected", totals.rejected)
        .add("failed", totals.failed)
        .add("late", totals.late)
        .add("retries", totals.retries)
        .add("batches", totals.batches)
        .add("wire_bytes", totals.wire_bytes)
        .add("seconds", totals.seconds)
        .add("rate", rate_of(totals))
        .add("interrupted", summary.interrupted)
        .raw("error", summary.error ? json_string(summary.error->message) : "null")
        .raw("first_rejected", rejected + "]");
    return object.text() + '\n';
}

int stream_status(const ProducerSummary& summary, std::optional<int> signal) {
    if (summary.interrupted && signal) return exit_status_of_signal(*signal);
    if (summary.error) return exit_status_of(*summary.error);
    if (summary.totals.rejected > 0) return exit_no;
    const bool complete = summary.totals.acknowledged == summary.totals.produced && !summary.interrupted;
    return complete ? exit_done : exit_failed;
}

}  // namespace weir::cli

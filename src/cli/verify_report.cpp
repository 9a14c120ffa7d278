#include "cli/verify_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/json_string.h"
#include "base/text.h"
#include "cli/json_object.h"
#include "cli/table.h"
#include "cli/view_report.h"
#include "codec/json_rows.h"

namespace weir::cli {
namespace {

std::string id_lines(std::string_view title, const std::vector<std::string>& ids, std::uint64_t all) {
    if (all == 0) return {};
    std::string out = fmt::format("{} {} events:", with_commas(all), title);
    for (const std::string& id : ids)
        out += ' ' + printable(id);
    return out + (all > ids.size() ? " …\n" : "\n");
}

std::string json_list(const std::vector<std::string>& texts) {
    std::string out = "[";
    for (const std::string& text : texts) {
        if (out.size() > 1) out += ',';
        append_json_string(out, text);
    }
    return out + "]";
}

std::string differences_json(const std::vector<KeyDifference>& keys) {
    std::string out = "[";
    for (const KeyDifference& difference : keys) {
        if (out.size() > 1) out += ',';
        out += JsonObject()
                   .add("key", difference.key)
                   .add("expected", difference.expected)
                   .add("actual", difference.actual)
                   .text();
    }
    return out + "]";
}

std::string self_test_json(const std::vector<TamperOutcome>& outcomes) {
    std::string out = "[";
    for (const TamperOutcome& outcome : outcomes) {
        if (out.size() > 1) out += ',';
        out += JsonObject()
                   .add("name", outcome.name)
                   .add("caught", outcome.caught)
                   .add("diagnosis", outcome.diagnosis)
                   .text();
    }
    return out + "]";
}

}  // namespace

std::string step_line(int step, const std::string& text, bool passed, const Style& style) {
    return fmt::format("{}/5 {} … {}\n", step, printable(text),
                       passed ? style.good("ok") : style.bad("FAILED"));
}

std::string verdict_text(const VerifyReport& report, const Style& style) {
    const Comparison& found = report.comparison;
    if (found.passed())
        return fmt::format(
            "{}  {} events produced, each stored exactly once; {} events of {} keys in the window agree\n",
            style.good("PASS"), with_commas(report.produced.events), with_commas(found.actual_total),
            with_commas(report.row.counts.size()));
    std::string out = fmt::format("{}  the raw events count {}, the row says {}\n", style.bad("FAIL"),
                                  with_commas(found.expected_total), with_commas(found.actual_total));
    Table table({{"KEY"}, {"EXPECTED", Table::Align::right}, {"ACTUAL", Table::Align::right}});
    for (const KeyDifference& difference : found.keys)
        table.add({difference.key, with_commas(difference.expected), with_commas(difference.actual)});
    if (!table.empty()) out += table.text();
    out += id_lines("missing", found.missing_ids, found.missing);
    out += id_lines("doubled", found.doubled_ids, found.doubled);
    for (const std::string& problem : found.problems)
        out += printable(problem) + '\n';
    if (!found.likely_cause.empty()) out += "likely cause: " + printable(found.likely_cause) + '\n';
    return out;
}

std::string report_json(const VerifyReport& report, const ViewReport& views,
                        const std::vector<TamperOutcome>& self_test) {
    const Comparison& found = report.comparison;
    JsonObject object;
    object.add("passed", found.passed() && views.passed() && all_caught(self_test))
        .add("run_id", report.produced.run_id)
        .add("produced", report.produced.events)
        .add("expected_total", found.expected_total)
        .add("actual_total", found.actual_total)
        .raw("differences", differences_json(found.keys))
        .add("missing", found.missing)
        .raw("missing_ids", json_list(found.missing_ids))
        .add("doubled", found.doubled)
        .raw("doubled_ids", json_list(found.doubled_ids))
        .raw("problems", json_list(found.problems))
        .raw("likely_cause", found.likely_cause.empty() ? "null" : json_string(found.likely_cause))
        .raw("self_test", self_test_json(self_test))
        .raw("views", view_report_json(views))
        .raw("row", to_json(report.row));
    return object.text() + '\n';
}

std::string self_test_text(const std::vector<TamperOutcome>& outcomes, const Style& style) {
    std::string out;
    for (const TamperOutcome& outcome : outcomes)
        out += fmt::format("{}  {}: {}\n", outcome.caught ? style.good("caught") : style.bad("MISSED"),
                           printable(outcome.name), printable(outcome.diagnosis));
    const auto caught = std::ranges::count_if(outcomes, &TamperOutcome::caught);
    return out + fmt::format("{}  {} of {} tamperings were caught\n",
                             all_caught(outcomes) ? style.good("PASS") : style.bad("FAIL"), caught,
                             outcomes.size());
}

bool all_caught(const std::vector<TamperOutcome>& outcomes) {
    return std::ranges::all_of(outcomes, &TamperOutcome::caught);
}

}  // namespace weir::cli

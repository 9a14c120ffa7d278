#include <algorithm>
#include <atomic>

#include <fmt/format.h>

#include "base/json_string.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/data_sink.h"
#include "cli/deployment.h"
#include "cli/exit_status.h"
#include "cli/json_object.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "cli/view_report.h"
#include "codec/json_rows.h"
#include "pipeline/auditor.h"
#include "pipeline/view_audit.h"
#include "window/window.h"

namespace weir::cli {
namespace {

constexpr Duration most_margin{300'000};  // before retention would drop what is being audited

enum class Form { table, json };

std::string ledger_text(const Ledger& ledger) {
    return fmt::format("{} received = {} stored + {} duplicates + {} rejected: {}",
                       with_commas(ledger.received), with_commas(ledger.stored),
                       with_commas(ledger.duplicates), with_commas(ledger.rejected),
                       ledger.balances() ? "balances" : "DOES NOT BALANCE");
}

std::string report_table(const AuditReport& report, const ViewReport& views, const Style& style) {
    std::vector<std::pair<std::string, std::string>> lines{
        {"range",
         fmt::format("{} to {}", format_rfc3339(report.range.start), format_rfc3339(report.range.end))},
        {"events", fmt::format("{} recounted", with_commas(report.events))},
        {"panes", fmt::format("{} compared, {} of them still written to", with_commas(report.panes),
                              with_commas(report.panes_moving))},
        {"rows", fmt::format("{} compared, {} of them waiting for newer events, {} partly outside the range",
                             with_commas(report.rows), with_commas(report.rows_pending),
                             with_commas(report.rows_skipped))},
        {"ledger", ledger_text(report.ledger)}};
    if (!views.views.empty()) lines.emplace_back("views", views_text(views));
    std::string out = name_value_lines(lines);
    if (report.passed() && views.passed())
        return out + style.good("PASS") + "  the counts are what the raw events say\n";
    out += style.bad("FAIL") +
           fmt::format("  {} differences\n", with_commas(report.differences + views.differences));
    Table table(
        {{"WHAT"}, {"AT"}, {"KEY"}, {"RAW", Table::Align::right}, {"STORED", Table::Align::right}, {"NOTE"}});
    for (const AuditDifference& difference : report.first)
        table.add({difference.what, format_rfc3339(difference.at),
                   difference.key.empty() ? "(total)" : difference.key, with_commas(difference.raw),
                   with_commas(difference.stored), difference.note});
    for (const ViewDifference& difference : views.first)
        table.add({difference.view, format_rfc3339(difference.end),
                   difference.key.empty() ? "(window)" : difference.key, difference.raw, difference.stored,
                   difference.note});
    if (!table.empty()) out += '\n' + table.text();
    const std::uint64_t listed = report.first.size() + views.first.size();
    if (report.differences + views.differences > listed)
        out += fmt::format("and {} more\n", with_commas(report.differences + views.differences - listed));
    return out;
}

std::string report_json(const AuditReport& report, const ViewReport& views) {
    std::string differences = "[";
    for (const AuditDifference& difference : report.first) {
        if (differences.size() > 1) differences += ',';
        differences += JsonObject()
                           .add("what", difference.what)
                           .add("at", format_rfc3339(difference.at))
                           .raw("key", difference.key.empty() ? "null" : json_string(difference.key))
                           .add("raw", difference.raw)
                           .add("stored", difference.stored)
                           .add("note", difference.note)
                           .text();
    }
    JsonObject object;
    object.add("passed", report.passed() && views.passed())
        .add("from", format_rfc3339(report.range.start))
        .add("to", format_rfc3339(report.range.end))
        .add("events", report.events)
        .add("panes", report.panes)
        .add("panes_moving", report.panes_moving)
        .add("rows", report.rows)
        .add("rows_pending", report.rows_pending)
        .add("rows_skipped", report.rows_skipped)
        .add("differences", report.differences)
        .raw("first_differences", differences + "]")
        .raw("ledger", to_json(report.ledger))
        .raw("views", view_report_json(views));
    return object.text() + '\n';
}

class AuditCommand final : public Command {
  public:
    [[nodiscard]] const CommandText& text() const override {
        static const CommandText words{
            "audit",
            "recount the raw events of a period against its panes and stored rows",
            "[--from TIME] [--to TIME] [options]",
            {"weir audit", "weir audit --from -1h --to now", "weir audit --output json"},
            "Reads every raw event of the period, by default of all that is kept up to now, and compares; "
            "also checks that the ledger balances. "
            "Events may be arriving meanwhile. Ends with 1 when anything differs."};
        return words;
    }

    void declare(OptionTable& options) override {
        options.group("What to audit");
        options
            .add("from", "TIME", from_,
                 "Begin, a whole number of panes; now and -1h are moved back to one. Without it: as far "
                 "back as events are kept")
            .flag_only = true;
        options.add("to", "TIME", to_, "End, likewise. Without it: the end of the present pane").flag_only =
            true;
        options
            .choice<Form>("output", form_, {{"table", Form::table}, {"json", Form::json}}, "How to print it")
            .letter = 'o';
        options.choice<ProgressMode>("progress", progress_,
                                     {{"auto", ProgressMode::automatic},
                                      {"always", ProgressMode::always},
                                      {"never", ProgressMode::never}},
                                     "Progress on standard error");
        where_.declare_reading(options);
    }

    Result<int> run(Console& console) override {
        Result<std::unique_ptr<Deployment>> deployment = open_deployment(where_, console);
        if (!deployment) return fail(std::move(deployment).error());
        const Result<DeploymentFacts> facts = (*deployment)->facts();
        if (!facts) return fail(facts.error());
        const Result<StoreReader*> store = (*deployment)->store();
        if (!store) return fail(store.error());
        const Duration pane = facts->window.pane;
        const Timestamp kept_since =
            facts->now - facts->retention + std::min(most_margin, Duration(facts->retention / 10));
        const TimeRange range{from_ ? aligned(*from_, pane) : align_up(kept_since, pane),
                              to_ ? aligned(*to_, pane) : align_up(facts->now + Duration{1}, pane)};
        if (range.start >= range.end)
            return fail(ErrorCode::usage, "range-empty",
                        fmt::format("the period is empty: {} is not before {}", format_rfc3339(range.start),
                                    format_rfc3339(range.end)));
        const Result<AuditReport> report = recount(**store, facts->window, range, kept_since, console);
        if (!report) return no_or_failure(report.error(), console);
        Result<ViewReport> views = ViewReport{};
        if (ViewReader* const reader = (*deployment)->views(); reader != nullptr)
            views = recount(**store, *reader, {{}, range, kept_since}, console);
        if (!views) return no_or_failure(views.error(), console);
        DataSink out = DataSink::standard_output();
        Result<void> printed = out.write(form_ == Form::json ? report_json(*report, *views)
                                                             : report_table(*report, *views, console.out()));
        if (printed) printed = out.finish();
        if (!printed) return fail(printed.error());
        return report->passed() && views->passed() ? exit_done : exit_no;
    }

  private:
    Result<AuditReport> recount(StoreReader& store, const WindowSpec& window, const TimeRange& range,
                                Timestamp kept_since, Console& console) const {
        std::atomic<std::uint64_t> events = 0;
        const Progress progress(console, progress_, [&events] {
            return fmt::format("{} events recounted", with_commas(events.load()));
        });
        return audit(
            store, window, range, [&events](std::uint64_t read) { events = read; }, kept_since);
    }

    Result<ViewReport> recount(StoreReader& store, ViewReader& views, const ViewAuditRequest& request,
                               Console& console) const {
        std::atomic<std::uint64_t> events = 0;
        const Progress progress(console, progress_, [&events] {
            return fmt::format("{} events recounted for the views", with_commas(events.load()));
        });
        return audit_views(store, views, request, system_clock(),
                           [&events](std::uint64_t read) { events = read; });
    }

    std::optional<TimeArgument> from_, to_;
    Form form_ = Form::table;
    ProgressMode progress_ = ProgressMode::automatic;
    DeploymentOptions where_;
};

}  // namespace

std::unique_ptr<Command> make_audit_command() {
    return std::make_unique<AuditCommand>();
}

}  // namespace weir::cli

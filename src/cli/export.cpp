#include <fmt/format.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/data_sink.h"
#include "cli/deployment.h"
#include "cli/exit_status.h"
#include "cli/resumable_scan.h"
#include "codec/event_export.h"

namespace weir::cli {
namespace {

enum class Form { ndjson, csv };

class ExportCommand final : public Command {
  public:
    [[nodiscard]] const CommandText& text() const override {
        static const CommandText words{
            "export",
            "print the raw events of a period, for a recount of your own",
            "[--from TIME] [--to TIME] [options]",
            {"weir export --from -5m --to now | head -n 3",
             "weir export --from -1h --format csv --columns County -o events.csv",
             "weir export --as-of 1 | wc -l"},
            "Events come in the order they were stored, as of the moment the export began (or as of --as-of "
            "N, the as_of of a row). When the "
            "connection is lost it goes on where it was. A file that is not complete keeps the name "
            "FILE.partial. In CSV a cell that a spreadsheet "
            "would take for a formula gets a leading apostrophe."};
        return words;
    }

    void declare(OptionTable& options) override {
        options.group("What to export");
        options.add("from", "TIME", from_, "Only events with a ts at or after TIME").flag_only = true;
        options.add("to", "TIME", to_, "Only events with a ts before TIME").flag_only = true;
        options.optional_count("as-of", as_of_, "Only what was stored up to this position", 0).flag_only =
            true;
        options.choice<Form>("format", form_, {{"ndjson", Form::ndjson}, {"csv", Form::csv}},
                             "Form of the export");
        options.add("columns", "A,B,C", columns_,
                    "Columns of a CSV beside event_id and ts; without it those of the first event");
        Option& out = options.add("out", "FILE", path_, "Write to FILE and not to standard output");
        out.letter = 'o';
        out.flag_only = true;
        options.add("retry-for", "TIME", retry_for_, "Go on trying for so long when the connection is lost");
        where_.declare_reading(options);
    }

    Result<int> run(Console& console) override {
        if (form_ == Form::ndjson && !columns_.empty())
            return fail(ErrorCode::usage, "columns-csv-only", "--columns goes with --format csv",
                        "add --format csv");
        const TimeRange range{from_ ? from_->at : min_timestamp, to_ ? to_->at : max_timestamp};
        if (range.start >= range.end)
            return fail(ErrorCode::usage, "range-empty", "--from is not before --to");
        Result<std::unique_ptr<Deployment>> deployment = open_deployment(where_, console);
        if (!deployment) return fail(std::move(deployment).error());
        const Result<StoreReader*> store = (*deployment)->store();
        if (!store) return fail(store.error());
        Result<DataSink> out =
            path_.empty() || path_ == "-" ? DataSink::standard_output() : DataSink::file(path_);
        if (!out) return fail(std::move(out).error());
        return print(**store, range, *out, console);
    }

  private:
    Result<int> print(StoreReader& store, const TimeRange& range, DataSink& out, Console& console) {
        CsvEventWriter csv(columns_);
        std::uint64_t events = 0;
        std::string text;
        ResumeOptions resume;
        resume.retry_for = retry_for_;
        resume.on_retry = [&](const Error& error) {
            console.say(fmt::format("weir: {}; going on after {} events", printable(error.message),
                                    with_commas(events)));
        };
        const auto write = [&](const EventView& event) -> Result<void> {
            ++events;
            if (form_ == Form::ndjson) {
                text.assign(event.line) += '\n';
                return out.write(text);
            }
            text.clear();
            if (Result<void> appended = csv.append(event.line, text); !appended) return appended;
            return out.write(text);
        };
        ScanRequest request{range, as_of_, std::nullopt};
        request.lines_only = true;
        const Result<ScanEnd> end = resumable_scan(store, request, resume, system_clock(), write);
        if (!end) return fail(end.error());
        text.clear();
        if (form_ == Form::csv) csv.finish(text);
        Result<void> written = out.write(text);
        if (written) written = out.finish();
        if (!written) return fail(written.error());
        console.say(fmt::format("weir: exported {} events, as of {}", with_commas(events), end->as_of));
        if (csv.values_left_out() > 0) warn_left_out(csv, console);
        return exit_done;
    }

    static void warn_left_out(const CsvEventWriter& csv, Console& console) {
        std::string names;
        for (const auto& [name, count] : csv.fields_left_out())
            names += fmt::format("{}{} ({})", names.empty() ? "" : ", ", name, with_commas(count));
        console.warn(fmt::format("{} values have no column and were left out: {}",
                                 with_commas(csv.values_left_out()), names));
    }

    std::optional<TimeArgument> from_, to_;
    std::optional<std::uint64_t> as_of_;
    Form form_ = Form::ndjson;
    std::vector<std::string> columns_;
    std::string path_;
    Duration retry_for_{60'000};
    DeploymentOptions where_;
};

}  // namespace

std::unique_ptr<Command> make_export_command() {
    return std::make_unique<ExportCommand>();
}

}  // namespace weir::cli

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/deployment.h"
#include "cli/exit_status.h"
#include "cli/row_printer.h"
#include "event/event.h"

namespace weir::cli {
namespace {

class AggregateCommand final : public Command {
  public:
    [[nodiscard]] const CommandText& text() const override {
        static const CommandText words{
            "aggregate",
            "count a window now, store the row under an id, and print it",
            "--run-id ID [--at TIME]",
            {"weir aggregate --run-id check-1", "weir aggregate --run-id check-2 --at -10m --top 5",
             "weir aggregate --run-id check-3 --output json"},
            "The row of a run stands beside the scheduled ones and never changes them; the same id again "
            "replaces its row. "
            "weir query --run-id ID prints it again."};
        return words;
    }

    void declare(OptionTable& options) override {
        options.group("What to count");
        options.add("run-id", "ID", run_id_, "Id of the row: 1 to 128 printable characters without space")
            .flag_only = true;
        options
            .add("at", "TIME", at_,
                 "Where the window ends, a whole number of panes; now and -5m are moved back to one. "
                 "Without it: the end of the present pane")
            .flag_only = true;
        options.optional_count("top", top_, "Print only the N largest counts", 1);
        declare_output(options, output_);
        where_.declare_triggering(options);
    }

    Result<int> run(Console& console) override {
        if (run_id_.empty())
            return fail(ErrorCode::usage, "run-id-missing", "weir aggregate wants --run-id ID",
                        "any id will do: --run-id check-1");
        if (!is_valid_id(run_id_))
            return fail(ErrorCode::usage, "run-id-invalid",
                        fmt::format("--run-id: '{}' is not an id", run_id_),
                        "1 to 128 printable ASCII characters without space");
        Result<std::unique_ptr<Deployment>> deployment = open_deployment(where_, console);
        if (!deployment) return fail(std::move(deployment).error());
        std::optional<Timestamp> end;
        if (at_) {
            const Result<DeploymentFacts> facts = (*deployment)->facts();
            if (!facts) return fail(facts.error());
            end = aligned(*at_, facts->window.pane);
        }
        const Result<AggregateRow> row = (*deployment)->aggregate(run_id_, end);
        if (!row) return fail(row.error());
        DataSink out = DataSink::standard_output();
        Result<void> printed = print_row(out, *row, output_, top_);
        if (printed) printed = out.finish();
        if (!printed) return fail(printed.error());
        return exit_done;
    }

  private:
    std::string run_id_;
    std::optional<TimeArgument> at_;
    std::optional<std::uint64_t> top_;
    OutputFormat output_ = OutputFormat::table;
    DeploymentOptions where_;
};

}  // namespace

std::unique_ptr<Command> make_aggregate_command() {
    return std::make_unique<AggregateCommand>();
}

}  // namespace weir::cli

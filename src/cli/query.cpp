#include <fmt/format.h>

#include "base/clock.h"
#include "cli/command.h"
#include "cli/deployment.h"
#include "cli/exit_status.h"
#include "cli/row_printer.h"
#include "cli/suggest.h"
#include "cli/view_query.h"

namespace weir::cli {
namespace {

constexpr Duration schedule_delay{5'000};  // that a row may be written after its window has ended
constexpr std::size_t rows_a_page = 1000;  // what one request may ask for (docs/http.md)

class QueryCommand final : public Command {
  public:
    [[nodiscard]] const CommandText& text() const override {
        static const CommandText words{"query",
                                       "print the stored counts of a window, or count one now",
                                       "latest | at TIME | range FROM TO | live [TIME] | --run-id ID",
                                       {"weir query latest --top 10", "weir query range -1h now --output csv",
                                        "weir query live --output json"},
                                       "TIME is RFC 3339 in UTC, epoch milliseconds, now, or -5m for five "
                                       "minutes ago. `latest` is the newest stored row; `at` the one that "
                                       "was the newest at TIME; `range` all rows whose window ends in [FROM, "
                                       "TO); `live` counts the window that ends at TIME "
                                       "(without TIME: with the present pane) from the panes, and stores "
                                       "nothing. Ends with 1 when there is no such row."};
        return words;
    }

    void declare(OptionTable& options) override {
        options.positionals("latest, at TIME, range FROM TO or live [TIME]", 0, 3, words_,
                            {"latest", "at", "range", "live"});
        options.group("What to print");
        options.add("run-id", "ID", run_id_, "The row that weir aggregate or weir verify wrote under this id")
            .flag_only = true;
        options.add("view", "NAME", view_, "Of this view (weir serve --view) in place of the default counts")
            .flag_only = true;
        options.optional_count("top", top_, "Only the N largest counts", 1);
        declare_output(options, output_);
        where_.declare_reading(options);
    }

    Result<int> run(Console& console) override {
        if (Result<void> checked = check_words(); !checked) return fail(checked.error());
        Result<std::unique_ptr<Deployment>> deployment = open_deployment(where_, console);
        if (!deployment) return fail(std::move(deployment).error());
        if (!view_.empty()) return answer_of_view(**deployment, console);
        const Result<StoreReader*> store = (*deployment)->store();
        if (!store) return fail(store.error());
        DataSink out = DataSink::standard_output();
        const std::string what = words_.empty() ? "run" : words_[0];
        if (what == "range") return print_range(**store, out);
        return print_one(**deployment, **store, what, out, console);
    }

  private:
    Result<int> answer_of_view(Deployment& deployment, Console& console) const {
        ViewReader* const views = deployment.views();
        if (views == nullptr)
            return fail(ErrorCode::unsupported, "views-unsupported", "there are no views on AWS",
                        "views are kept by weir serve");
        const Result<void> answered = answer_view_question(*views, {view_, words_[0], times_, top_, output_});
        if (answered) return exit_done;
        if (answered.error().code != ErrorCode::not_found) return fail(answered.error());
        console.report(answered.error());
        return exit_no;
    }

    Result<void> check_words() {
        const auto usage = [](std::string message, std::string hint) {
            return fail(ErrorCode::usage, "query-words", std::move(message), std::move(hint));
        };
        if (!view_.empty() && words_.empty())
            return usage("--view wants to know what of the view",
                         "weir query --view NAME latest, at TIME, range FROM TO or live");
        if (words_.empty() != run_id_.empty()) return check_form();
        if (words_.empty())
            return usage("weir query wants to know what",
                         "weir query latest, at TIME, range FROM TO, live, or --run-id ID");
        return usage("--run-id stands alone", fmt::format("leave out '{}', or --run-id", words_[0]));
    }

    Result<void> check_form() {
        if (words_.empty()) return {};
        struct Form {
            std::string word;
            std::size_t least, most;
            std::string usage;
        };
        static const std::vector<Form> forms{{"latest", 0, 0, "latest"},
                                             {"at", 1, 1, "at TIME"},
                                             {"range", 2, 2, "range FROM TO"},
                                             {"live", 0, 1, "live [TIME]"}};
        std::vector<std::string> known;
        for (const Form& form : forms) {
            known.push_back(form.word);
            if (form.word != words_[0]) continue;
            if (words_.size() - 1 < form.least || words_.size() - 1 > form.most)
                return fail(ErrorCode::usage, "query-words",
                            fmt::format("'{}' is written weir query {}", words_[0], form.usage),
                            "weir query --help shows examples");
            return read_times();
        }
        const std::string meant = suggest(words_[0], known);
        return fail(ErrorCode::usage, "query-words", fmt::format("weir query knows no '{}'", words_[0]),
                    meant.empty() ? "use latest, at TIME, range FROM TO or live"
                                  : fmt::format("did you mean {}?", meant));
    }

    Result<void> read_times() {
        const Timestamp now = system_clock().now();
        for (std::size_t i = 1; i < words_.size(); ++i) {
            Result<TimeArgument> time = parse_time(words_[i], now);
            if (!time)
                return fail(ErrorCode::usage, time.error().reason, time.error().message, time.error().hint);
            times_.push_back(*time);
        }
        if (times_.size() == 2 && times_[0].at >= times_[1].at)
            return fail(ErrorCode::usage, "range-empty",
                        fmt::format("FROM ({}) is not before TO ({})", words_[1], words_[2]));
        return {};
    }

    Result<std::optional<AggregateRow>> fetch(Deployment& deployment, StoreReader& store,
                                              const std::string& what, WindowSpec& window) {
        if (what == "latest") return store.latest_row();
        if (what == "run") return store.row_of_run(run_id_);
        std::optional<Timestamp> at;
        if (!times_.empty()) {
            Result<DeploymentFacts> facts = deployment.facts();
            if (!facts) return fail(std::move(facts).error());
            window = facts->window;
            at = what == "at" ? align_down(times_[0].at, window.slide) : aligned(times_[0], window.pane);
        }
        if (what == "at") return times_[0].relative ? newest_before(store, *at, window) : store.row_at(*at);
        Result<AggregateRow> live = deployment.live(at);
        if (!live) return fail(std::move(live).error());
        return std::optional(*std::move(live));
    }

    // The newest row up to `end`, which itself may not be written yet: nobody who asks for `now` knows the
    // schedule.
    static Result<std::optional<AggregateRow>> newest_before(StoreReader& store, Timestamp end,
                                                             const WindowSpec& window) {
        const Duration back = std::min(std::max(3 * window.slide, schedule_delay),
                                       static_cast<Duration::rep>(rows_a_page - 1) * window.slide);
        Result<std::vector<AggregateRow>> rows = store.rows({end - back, end + Duration{1}}, rows_a_page);
        if (!rows) return fail(std::move(rows).error());
        if (rows->empty()) return std::optional<AggregateRow>();
        return std::optional(std::move(rows->back()));
    }

    Result<int> print_one(Deployment& deployment, StoreReader& store, const std::string& what, DataSink& out,
                          Console& console) {
        WindowSpec window;
        const Result<std::optional<AggregateRow>> row = fetch(deployment, store, what, window);
        if (!row) return fail(row.error());
        if (!row->has_value()) {
            console.report(nothing_found(what, window));
            return exit_no;
        }
        Result<void> printed = print_row(out, **row, output_, top_);
        if (printed) printed = out.finish();
        if (!printed) return fail(printed.error());
        return exit_done;
    }

    [[nodiscard]] Error nothing_found(const std::string& what, const WindowSpec& window) const {
        if (what == "run")
            return {ErrorCode::not_found, "row-missing",
                    fmt::format("there is no row of the run {}", run_id_),
                    "rows older than the server's retention are dropped"};
        if (what == "latest")
            return {ErrorCode::not_found, "row-missing", "no row is stored yet",
                    "the first is written when a window has ended; weir query live counts at once"};
        const Timestamp end = align_down(times_[0].at, window.slide);
        return {ErrorCode::not_found, "row-missing",
                fmt::format("no row is stored for the window that ends at {}", format_rfc3339(end)),
                fmt::format("weir query live {} counts it now", format_rfc3339(end))};
    }

    Result<int> print_range(StoreReader& store, DataSink& out) {
        TimeRange range{times_[0].at, times_[1].at};
        RowListPrinter printer(out, output_, top_);
        Result<void> printed = printer.begin();
        while (printed) {
            const Result<std::vector<AggregateRow>> rows = store.rows(range, rows_a_page);
            if (!rows) return fail(rows.error());
            for (auto row = rows->begin(); printed && row != rows->end(); ++row)
                printed = printer.row(*row);
            if (rows->size() < rows_a_page) break;
            range.start = rows->back().window_end + Duration{1};
        }
        if (printed) printed = printer.end();
        if (printed) printed = out.finish();
        if (!printed) return fail(printed.error());
        return exit_done;
    }

    std::vector<std::string> words_;
    std::vector<TimeArgument> times_;
    std::string run_id_;
    std::string view_;
    std::optional<std::uint64_t> top_;
    OutputFormat output_ = OutputFormat::table;
    DeploymentOptions where_;
};

}  // namespace

std::unique_ptr<Command> make_query_command() {
    return std::make_unique<QueryCommand>();
}

}  // namespace weir::cli

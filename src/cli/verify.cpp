#include <atomic>
#include <mutex>

#include <fmt/format.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/data_sink.h"
#include "cli/deployment.h"
#include "cli/exit_status.h"
#include "cli/generated_rows.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/spawned_service.h"
#include "cli/verify_report.h"
#include "cli/view_report.h"
#include "pipeline/producer.h"
#include "pipeline/verifier.h"
#include "pipeline/view_audit.h"

namespace weir::cli {
namespace {

enum class Form { table, json };

constexpr int most_tries = 4;
constexpr Duration between_tries{3'000};

// A signal stops the producer; without one, or the second time, it ends the process, and the spawned folder
// with it.
class Interruption {
  public:
    void producing(Producer* producer) {
        const std::scoped_lock lock(mutex_);
        producer_ = producer;
    }
    void spawned(const SpawnedService* service) {
        const std::scoped_lock lock(mutex_);
        service_ = service;
    }
    void signalled(int signal, int times) {
        const std::scoped_lock lock(mutex_);
        if (producer_ != nullptr && times == 1) return producer_->abort();
        if (service_ != nullptr) service_->abandon();
        ::_exit(exit_status_of_signal(signal));
    }

  private:
    std::mutex mutex_;
    Producer* producer_ = nullptr;
    const SpawnedService* service_ = nullptr;
};

class VerifyCommand final : public Command {
  public:
    [[nodiscard]] const CommandText& text() const override {
        static const CommandText words{
            "verify",
            "prove the counts: send events, aggregate, recount from the raw events, compare",
            "[--limit N] [options]",
            {"weir verify --spawn", "weir verify --limit 500", "weir verify --spawn --self-test",
             "weir verify --aws --limit 500"},
            "The five steps: produce fresh events; trigger the aggregator under a run id of its own; read "
            "the row of that run; recount the raw events "
            "of its window one by one; compare total and every key, and that each event sent is stored "
            "exactly once. Others may be sending meanwhile. "
            "The events stay where they were sent and count there like all others. Ends with 1 when anything "
            "differs."};
        return words;
    }

    void declare(OptionTable& options) override {
        options.group("What to send");
        options.count("limit", limit_, "How many events", 1, 100'000'000);
        options.add("rate", "RATE", rate_, "At which rate: 10/s, 1000/s, 5/m or max");
        options.add("file", "FILE", file_, "Rows of FILE, again and again; without it a few generated ones");
        options.add("retry-for", "TIME", retry_for_, "Give up when a batch was not acknowledged for so long");
        options.group("How to verify");
        options.toggle("spawn", spawn_, "On a server of its own, in this process, with a temporary folder");
        options.toggle("self-test", self_test_,
                       "Also falsify the answers in every way that must be caught, and fail unless all are");
        options
            .choice<Form>("output", form_, {{"table", Form::table}, {"json", Form::json}}, "How to print it")
            .letter = 'o';
        options.choice<ProgressMode>("progress", progress_,
                                     {{"auto", ProgressMode::automatic},
                                      {"always", ProgressMode::always},
                                      {"never", ProgressMode::never}},
                                     "Progress on standard error");
        where_.declare(options);
    }

    Result<int> run(Console& console) override {
        SignalWatcher signals;  // first: the threads below inherit its mask
        Interruption interruption;
        signals.watch([&interruption](int signal, int times) { interruption.signalled(signal, times); });
        std::unique_ptr<SpawnedService> service;
        if (spawn_) {
            Result<std::unique_ptr<SpawnedService>> started = SpawnedService::start();
            if (!started) return fail(std::move(started).error());
            service = *std::move(started);
            where_ = DeploymentOptions{};
            where_.remote.server = service->url();
            interruption.spawned(service.get());
        }
        Result<int> status = verify(signals, interruption, console);
        interruption.spawned(nullptr);
        return status;
    }

  private:
    Result<int> verify(const SignalWatcher& signals, Interruption& interruption, Console& console) {
        Result<std::unique_ptr<Deployment>> deployment = open_deployment(where_, console);
        if (!deployment) return fail(std::move(deployment).error());
        const Result<ProducerSummary> summary = produce(**deployment, interruption, console);
        if (!summary) return fail(summary.error());
        if (summary->interrupted && signals.received()) return exit_status_of_signal(*signals.received());
        const ProducedRun run{summary->run_id, summary->totals.acknowledged, summary->first_ts,
                              summary->last_ts};
        if (summary->error) return fail(*summary->error);
        if (run.events != limit_ || summary->totals.rejected > 0)
            return fail(ErrorCode::refused, "events-rejected",
                        fmt::format("of {} events {} were acknowledged and {} rejected", with_commas(limit_),
                                    with_commas(run.events), with_commas(summary->totals.rejected)),
                        summary->first_rejected.empty()
                            ? ""
                            : fmt::format("the first: {}", summary->first_rejected.front().message));
        DataSink out = DataSink::standard_output();
        if (Result<void> shown = show_step(
                out, console, 1,
                fmt::format("produced {} events as run {}", with_commas(run.events), run.run_id), true);
            !shown)
            return fail(shown.error());
        const Result<std::uint64_t> stored = wait_stored(**deployment, run, console);
        if (!stored) return fail(stored.error());
        if (*stored < run.events)
            console.warn(fmt::format(
                "only {} of the {} events are stored; weir dead-letters list shows what could not be",
                with_commas(*stored), with_commas(run.events)));
        return prove(**deployment, run, out, console);
    }

    Result<std::uint64_t> wait_stored(Deployment& deployment, const ProducedRun& run,
                                      Console& console) const {
        std::atomic<std::uint64_t> stored = 0;
        const Progress progress(console, progress_, [&] {
            return fmt::format("{} of {} events stored", with_commas(stored.load()), with_commas(run.events));
        });
        return deployment.wait_stored(run, [&](std::uint64_t events) { stored = events; });
    }

    Result<ProducerSummary> produce(Deployment& deployment, Interruption& interruption, Console& console) {
        const Result<std::string> group_by = deployment.group_by();
        if (!group_by) return fail(group_by.error());
        Result<std::unique_ptr<RowSource>> rows = make_generated_rows(*group_by);
        if (!file_.empty()) {
            RowSource::Options source;
            source.path = file_;
            source.group_by = *group_by;
            source.repeat = true;
            rows = RowSource::open(source);
        }
        if (!rows) return fail(std::move(rows).error());
        ProducerOptions options;
        options.run_id = make_run_id();
        options.limit = limit_;
        options.rate = rate_.per_second;
        options.retry_for = retry_for_;
        Result<Producer::MakeTransport> transports = deployment.transports(options);
        if (!transports) return fail(std::move(transports).error());
        Producer producer(options, **rows, *std::move(transports), system_clock());
        interruption.producing(&producer);
        const Progress progress(console, progress_,
                                [&] { return progress_line(producer.progress(), limit_); });
        ProducerSummary summary = producer.run();
        interruption.producing(nullptr);
        return summary;
    }

    // Steps 2 to 5, and the self test.
    Result<int> prove(Deployment& deployment, const ProducedRun& run, DataSink& out, Console& console) {
        const Result<StoreReader*> store = deployment.store();
        if (!store) return fail(store.error());
        const Result<DeploymentFacts> facts = deployment.facts();
        if (!facts) return fail(facts.error());
        const VerifyTarget target{
            **store,
            [&deployment](const std::string& id, Timestamp at) { return deployment.aggregate(id, at); },
            facts->window};
        Result<void> shown;
        const Result<VerifyReport> report =
            verify_settled(target, run, [&](int step, const std::string& text, bool passed) {
                if (shown) shown = show_step(out, console, step, text, passed);
            });
        if (!shown) return fail(shown.error());
        if (!report) return no_or_failure(report.error(), console);
        Result<ViewReport> views = ViewReport{};
        if (ViewReader* const reader = deployment.views(); reader != nullptr)
            views = verify_views(**store, *reader, {}, run.last_ts);
        if (!views) return no_or_failure(views.error(), console);
        std::vector<TamperOutcome> outcomes;
        if (self_test_ && report->comparison.passed()) {
            Result<std::vector<TamperOutcome>> tested = verify_self_test(target, run, system_clock());
            if (!tested) return fail(std::move(tested).error());
            outcomes = *std::move(tested);
        }
        std::string text = form_ == Form::json
                               ? report_json(*report, *views, outcomes)
                               : verdict_text(*report, console.out()) + view_verdict(*views, console.out());
        if (form_ == Form::table && !outcomes.empty()) text += self_test_text(outcomes, console.out());
        shown = out.write(text);
        if (shown) shown = out.finish();
        if (!shown) return fail(shown.error());
        const bool passed = report->comparison.passed() && views->passed();
        return passed && all_caught(outcomes) ? exit_done : exit_no;
    }

    // Where a store cannot be read as of a position, the window is let end first, and a difference is looked
    // at again: what others sent may have been stored between the counting and the recount. Only the last try
    // is told of.
    static Result<VerifyReport> verify_settled(const VerifyTarget& target, const ProducedRun& run,
                                               const StepObserver& show) {
        Clock& clock = system_clock();
        if (target.store.has_positions())
            return verify_run(target, run, "verify-" + make_run_id(), clock, show);
        const Duration left = align_up(run.last_ts + Duration{1}, target.window.pane) - clock.now();
        clock.sleep_until(clock.steady_now() + std::max(left, Duration{0}));
        for (int tries = most_tries;; --tries) {
            std::vector<std::function<void()>> steps;
            Result<VerifyReport> report =
                verify_run(target, run, "verify-" + make_run_id(), clock,
                           [&](int step, const std::string& text, bool passed) {
                               steps.emplace_back([&show, step, text, passed] { show(step, text, passed); });
                           });
            if (report && !report->comparison.passed() && tries > 1) {
                clock.sleep_until(clock.steady_now() + between_tries);
                continue;
            }
            for (const auto& step : steps)
                step();
            return report;
        }
    }

    // To standard output as it happens; beside a JSON document, to standard error.
    Result<void> show_step(DataSink& out, Console& console, int step, const std::string& text,
                           bool passed) const {
        if (form_ == Form::json) {
            std::string line = step_line(step, text, passed, console.err());
            line.pop_back();
            console.say(line);
            return {};
        }
        if (Result<void> written = out.write(step_line(step, text, passed, console.out())); !written)
            return written;
        return out.flush();
    }

    std::uint64_t limit_ = 500;
    Rate rate_;
    std::string file_;
    Duration retry_for_{60'000};
    bool spawn_ = false;
    bool self_test_ = false;
    Form form_ = Form::table;
    ProgressMode progress_ = ProgressMode::automatic;
    DeploymentOptions where_;
};

}  // namespace

std::unique_ptr<Command> make_verify_command() {
    return std::make_unique<VerifyCommand>();
}

}  // namespace weir::cli

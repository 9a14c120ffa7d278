#include "pipeline/verifier.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "pipeline/verifier_diagnosis.h"
#include "pipeline/verifier_recount.h"

namespace weir {
namespace {

constexpr Duration max_clock_difference{60'000};  // that a store's clock may be behind the producer's
constexpr Duration retry_trigger_every{200};

class Steps {
  public:
    explicit Steps(const StepObserver& observer) : observer_(observer) {}
    void passed(int step, const std::string& text) const { tell(step, text, true); }
    void failed(int step, const std::string& text) const { tell(step, text, false); }
    // Reports the error as the end of the step.
    tl::unexpected<Error> error(int step, const Error& error) const {
        failed(step, error.message);
        return fail(error);
    }

  private:
    void tell(int step, const std::string& text, bool passed) const {
        if (observer_) observer_(step, text, passed);
    }
    const StepObserver& observer_;
};

Result<void> check_request(const VerifyTarget& target, const ProducedRun& produced,
                           const std::string& verify_run_id) {
    if (auto valid = validate(target.window); !valid) return valid;
    if (produced.events == 0)
        return fail(ErrorCode::usage, "nothing-produced",
                    "no event was produced, so there is nothing to verify",
                    "a proof on an empty store would prove nothing: produce at least one event");
    if (produced.last_ts < produced.first_ts)
        return fail(ErrorCode::usage, "run-invalid", "the run's last event is older than its first");
    ProducerSequence id;
    if (const std::string first = format_event_id(produced.run_id, 1);
        !parse_producer_sequence(first, id) || id.run != produced.run_id)
        return fail(ErrorCode::usage, "run-id-invalid",
                    fmt::format("'{}' cannot be the run id of a producer", printable(produced.run_id)),
                    "use 1 to 64 characters of A-Z, a-z, 0-9, _ and .");
    if (!is_valid_id(verify_run_id))
        return fail(ErrorCode::usage, "run-id-invalid",
                    fmt::format("'{}' cannot be a run id", printable(verify_run_id)),
                    "use 1 to 128 printable ASCII characters without space");
    return {};
}

// The store's clock may be a little behind: then it refuses the window for now, and its time will come.
Result<AggregateRow> trigger(const VerifyTarget& target, const std::string& run_id, Timestamp at,
                             Clock& clock) {
    const SteadyTime deadline = clock.steady_now() + max_clock_difference;
    for (;;) {
        auto row = target.aggregate(run_id, at);
        if (row || row.error().reason != "window-in-future" || clock.steady_now() >= deadline) return row;
        clock.sleep_until(clock.steady_now() + retry_trigger_every);
    }
}

void compare_keys(const KeyCounts& raw, const KeyCounts& row, Comparison& out) {
    for (const auto& [key, count] : raw) {
        const auto found = row.find(key);
        const std::uint64_t actual = found == row.end() ? 0 : found->second;
        if (actual != count) out.keys.push_back({key, count, actual});
    }
    for (const auto& [key, count] : row)
        if (count != 0 && !raw.contains(key)) out.keys.push_back({key, 0, count});
    std::sort(out.keys.begin(), out.keys.end(),
              [](const KeyDifference& a, const KeyDifference& b) { return a.key < b.key; });
}

Comparison compare(const AggregateRow& row, const Recount& recount, const std::vector<RowFault>& faults) {
    Comparison comparison;
    comparison.expected_total = recount.total;
    comparison.actual_total = row.total;
    compare_keys(recount.counts, row.counts, comparison);
    recount.presence.report(comparison);
    for (const RowFault& fault : faults)
        comparison.problems.push_back(fault.problem);
    if (const auto& event = recount.presence.misplaced())
        comparison.problems.push_back(fmt::format(
            "event {} is stored with a time at which the run did not produce: its time was altered", *event));
    if (const auto& id = recount.presence.unknown())
        comparison.problems.push_back(
            fmt::format("event {} is stored, but the run never produced it", printable(*id)));
    return comparison;
}

std::string describe_failure(const Comparison& comparison) {
    return fmt::format(
        "the raw events count {}, the row {}; {} keys differ, {} events missing, {} doubled, {} problems",
        with_commas(comparison.expected_total), with_commas(comparison.actual_total), comparison.keys.size(),
        comparison.missing, comparison.doubled, comparison.problems.size());
}

Result<AggregateRow> trigger_step(const VerifyTarget& target, const std::string& run_id, Timestamp at,
                                  Clock& clock, const Steps& steps) {
    auto answered = trigger(target, run_id, at, clock);
    if (!answered) return steps.error(2, answered.error());
    steps.passed(2, fmt::format("triggered the aggregator as run {} for the window ending at {}", run_id,
                                format_rfc3339(at)));
    return answered;
}

}  // namespace

Result<VerifyReport> verify_run(const VerifyTarget& target, const ProducedRun& produced,
                                const std::string& verify_run_id, Clock& clock,
                                const StepObserver& observer) {
    const Steps steps(observer);
    if (auto valid = check_request(target, produced, verify_run_id); !valid) return fail(valid.error());

    const Timestamp at = align_up(produced.last_ts + Duration{1}, target.window.pane);
    const auto answered = trigger_step(target, verify_run_id, at, clock, steps);
    if (!answered) return fail(answered.error());

    const auto stored = target.store.row_of_run(verify_run_id);
    if (!stored) return steps.error(3, stored.error());
    const std::vector<RowFault> faults = row_faults(*answered, *stored, verify_run_id, at, target.window);
    VerifyReport report;
    report.produced = produced;
    report.row = *stored ? **stored : *answered;
    if (faults.empty())
        steps.passed(3, fmt::format("read the row of run {}: updated {}, total {}, as of position {}",
                                    verify_run_id, format_rfc3339(report.row.window_end),
                                    with_commas(report.row.total), report.row.as_of));
    else
        steps.failed(3, faults.front().problem);

    const TimeRange window = window_ending(report.row.window_end, target.window);
    const auto recount = recount_raw(target.store, window, produced, report.row.as_of);
    if (!recount) return steps.error(4, recount.error());
    report.recount = recount->counts;
    steps.passed(4, fmt::format("recounted {} raw events in [{}, {})", with_commas(recount->total),
                                format_rfc3339(window.start), format_rfc3339(window.end)));

    report.comparison = compare(report.row, *recount, faults);
    if (report.comparison.passed()) {
        steps.passed(
            5, fmt::format("total {} and all {} keys agree; each of the {} events is stored exactly once",
                           with_commas(report.row.total), report.row.counts.size(),
                           with_commas(produced.events)));
        return report;
    }
    auto cause = likely_cause(target.store, {produced, target.window, report.row, faults, report.comparison,
                                             *recount, target.store.has_positions()});
    if (!cause) return steps.error(5, cause.error());
    report.comparison.likely_cause = std::move(*cause);
    steps.failed(5, describe_failure(report.comparison));
    return report;
}

}  // namespace weir

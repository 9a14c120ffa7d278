#include "pipeline/aggregator.h"

#include <utility>

#include <fmt/format.h>

#include "pipeline/aggregator_tick.h"

namespace weir {

Aggregator::Aggregator(Store& store, const Clock& clock, Options options)
    : store_(store), clock_(clock), options_(std::move(options)) {}

Result<std::size_t> Aggregator::tick() {
    return tick_at(clock_.now());
}

Result<std::size_t> Aggregator::tick_at(Timestamp now) {
    return tick_until(now, max_timestamp).map([](const TickReport& report) { return report.rows; });
}

Result<TickReport> Aggregator::tick_until(Timestamp now, Timestamp deadline) {
    const std::lock_guard lock(mutex_);
    // After the clock was set back, rows behind final_until_ may be written as not final again.
    if (now < last_tick_) final_until_ = min_timestamp;
    last_tick_ = now;
    return Tick(*this, now, deadline).run();
}

Timestamp Aggregator::present_end(Timestamp now) const {
    return align_down(now, options_.window.pane) + options_.window.pane;
}

AggregateRow Aggregator::uncounted_row(Timestamp end, Timestamp now) const {
    const TimeRange range = window_ending(end, options_.window);
    AggregateRow row;
    row.view = options_.view;
    row.window_start = range.start;
    row.window_end = range.end;
    row.final = end + options_.window.lateness <= now;
    row.computed_at = clock_.now();
    return row;
}

Result<AggregateRow> Aggregator::count(Timestamp end, Timestamp now) {
    auto counts = store_.window_counts(window_ending(end, options_.window));
    if (!counts) return fail(std::move(counts).error());
    AggregateRow row = uncounted_row(end, now);
    row.total = counts->total;
    row.counts = std::move(counts->counts);
    row.late = counts->late;
    row.as_of = counts->as_of;
    return row;
}

Result<AggregateRow> Aggregator::aggregate(const std::string& run_id, std::optional<Timestamp> at) {
    if (!is_valid_id(run_id))
        return fail(ErrorCode::invalid, "run-id-invalid",
                    "a run id is 1 to 128 printable ASCII characters without space",
                    "choose one that no other run uses, such as verify-7f3a");
    const Timestamp now = clock_.now();
    const Timestamp last = present_end(now);
    if (at && *at > last)
        return fail(ErrorCode::invalid, "window-in-future",
                    fmt::format("the window that ends at {} is not over: it is {}", format_rfc3339(*at),
                                format_rfc3339(now)),
                    fmt::format("ask for {} or earlier", format_rfc3339(last)));
    auto row = live(at);
    if (!row) return row;
    row->run_id = run_id;
    if (auto done = store_.put_rows({&*row, 1}, {}); !done) return fail(std::move(done).error());
    return row;
}

Result<Timestamp> Aggregator::live_end(std::optional<Timestamp> at, Timestamp now) const {
    const Timestamp end = at.value_or(present_end(now));
    if (const Timestamp aligned = align_down(end, options_.window.pane); aligned != end)
        return fail(ErrorCode::invalid, "window-unaligned",
                    fmt::format("a window cannot end at {}: it must be a multiple of the pane ({})",
                                format_rfc3339(end), format_duration(options_.window.pane)),
                    fmt::format("ask for {}", format_rfc3339(aligned)));
    return end;
}

Result<AggregateRow> Aggregator::live(std::optional<Timestamp> at) {
    const Timestamp now = clock_.now();
    const auto end = live_end(at, now);
    if (!end) return fail(end.error());
    return count(*end, now);
}

Result<TopRow> Aggregator::live_top(std::optional<Timestamp> at, const TopRequest& request) {
    const Timestamp now = clock_.now();
    const auto end = live_end(at, now);
    if (!end) return fail(end.error());
    auto counts = store_.top_counts(window_ending(*end, options_.window), request);
    if (!counts) return fail(std::move(counts).error());
    TopRow top;
    top.row = uncounted_row(*end, now);
    top.row.total = counts->total;
    top.row.late = counts->late;
    top.row.as_of = counts->as_of;
    top.largest = std::move(counts->largest);
    top.keys = counts->keys;
    return top;
}

}  // namespace weir

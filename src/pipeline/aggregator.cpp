#include "pipeline/aggregator.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace weir {
namespace {

constexpr std::size_t rows_per_write = 256;  // bounds what is held in memory before it is put
constexpr Duration look_back_step{std::chrono::hours{1}};

bool same_counts(const AggregateRow& a, const AggregateRow& b) {
    return a.total == b.total && a.late == b.late && a.counts == b.counts;
}

}  // namespace

// One run of the schedule. The order matters: the dirty panes are read before anything is counted, so that a
// change that comes later either is counted or leaves its marker.
class Aggregator::Tick {
  public:
    Tick(Aggregator& owner, Timestamp now)
        : owner_(owner),
          options_(owner.options_),
          now_(now),
          oldest_(now - owner.options_.retention),
          budget_(owner.options_.max_rows_per_tick) {}

    Result<std::size_t> run() {
        auto dirty = owner_.store_.dirty_panes();
        if (!dirty) return fail(std::move(dirty).error());
        if (options_.starts_often && owner_.final_until_ == min_timestamp)
            if (auto done = write_unfinished(); !done) return fail(std::move(done).error());
        if (auto done = write_closed(); !done) return fail(std::move(done).error());
        if (auto done = write_dirty(*dirty); !done) return fail(std::move(done).error());
        if (auto done = write_final(); !done) return fail(std::move(done).error());
        return written_;
    }

  private:
    Result<void> write_closed();
    Result<void> write_dirty(const std::vector<DirtyPane>& dirty);
    Result<void> write_final();
    Result<void> write_unfinished();
    Result<void> refresh(Timestamp end);
    Result<void> refresh(Timestamp end, const std::optional<AggregateRow>& stored);
    Result<void> put(std::span<const DirtyPane> cleared);

    Aggregator& owner_;
    const Options& options_;
    const Timestamp now_;
    const Timestamp oldest_;                     // windows that end later are kept right
    std::size_t budget_;                         // windows that may still be counted
    Timestamp scheduled_until_ = min_timestamp;  // every later window is yet to be written by the schedule
    std::set<Timestamp> counted_;                // window ends counted in this tick
    std::vector<AggregateRow> rows_;             // counted and not yet put
    std::size_t written_ = 0;
};

// Windows that have closed since the last row stored, oldest first, so that the last row stored says how far
// the schedule is.
Result<void> Aggregator::Tick::write_closed() {
    const Duration slide = options_.window.slide;
    const Timestamp due = align_down(now_ - options_.settle, slide);
    auto latest = owner_.store_.latest_row();
    if (!latest) return fail(std::move(latest).error());
    Timestamp end = due;
    if (*latest) {
        scheduled_until_ = (*latest)->window_end;
        const Timestamp first_kept = align_down(oldest_, slide) + slide;
        end = std::max(align_down(scheduled_until_, slide) + slide, first_kept);
    }
    for (; end <= due && budget_ > 0; end += slide) {
        if (auto done = refresh(end); !done) return done;
        scheduled_until_ = end;
    }
    return put({});
}

// Rows that exist, or should, and whose panes have changed. Windows after scheduled_until_ are left to the
// schedule, which counts everything that is there when their turn comes.
Result<void> Aggregator::Tick::write_dirty(const std::vector<DirtyPane>& dirty) {
    std::vector<DirtyPane> cleared;
    for (const DirtyPane& pane : dirty) {
        std::vector<Timestamp> ends = windows_covering(pane.pane, scheduled_until_, options_.window);
        std::erase_if(ends, [&](Timestamp end) { return end <= oldest_ || counted_.contains(end); });
        if (ends.size() > budget_ && !counted_.empty()) break;
        for (const Timestamp end : ends)
            if (auto done = refresh(end); !done) return done;
        cleared.push_back(pane);
    }
    return cleared.empty() && rows_.empty() ? Result<void>{} : put(cleared);
}

// Rows that were written before their lateness was over and that nothing has touched since.
Result<void> Aggregator::Tick::write_final() {
    const Timestamp until = now_ - options_.window.lateness + Duration{1};  // window_end + lateness <= now
    Timestamp from = std::max(owner_.final_until_, oldest_);
    while (from < until && budget_ > 0) {
        const std::size_t limit = std::min(budget_, rows_per_write);
        auto rows = owner_.store_.rows({from, until}, limit);
        if (!rows) return fail(std::move(rows).error());
        for (const AggregateRow& row : *rows) {
            if (row.final) continue;
            if (auto done = refresh(row.window_end, row); !done) return done;
        }
        budget_ -= std::min(budget_, rows->size());  // reading them is work too
        from = rows->size() < limit ? until : rows->back().window_end + Duration{1};
        if (auto done = put({}); !done) return done;
        owner_.final_until_ = from;
    }
    return {};
}

// Makes the rows final that an earlier start has left; see Options::starts_often. Before anything newer is
// written, so that at every moment the rows that are not final are the newest ones.
Result<void> Aggregator::Tick::write_unfinished() {
    auto latest = owner_.store_.latest_row();
    if (!latest) return fail(std::move(latest).error());
    Timestamp start = oldest_;
    for (Timestamp end = *latest ? (*latest)->window_end + Duration{1} : oldest_; end > oldest_;
         end = start) {
        start = std::max(end - look_back_step, oldest_);
        auto oldest_row = owner_.store_.rows({start, end}, 1);
        if (!oldest_row) return fail(std::move(oldest_row).error());
        if (!oldest_row->empty() && oldest_row->front().final) break;
    }
    owner_.final_until_ = start;
    return write_final();
}

Result<void> Aggregator::Tick::refresh(Timestamp end) {
    auto stored = owner_.store_.row_at(end);
    if (!stored) return fail(std::move(stored).error());
    return refresh(end, *stored);
}

Result<void> Aggregator::Tick::refresh(Timestamp end, const std::optional<AggregateRow>& stored) {
    budget_ -= std::min<std::size_t>(budget_, 1);
    auto row = owner_.count(end, now_);
    if (!row) return fail(std::move(row).error());
    counted_.insert(end);
    if (stored) {
        const bool changed = !same_counts(*row, *stored);
        row->final = row->final || stored->final;  // also after the clock was set back
        row->revision = stored->revision + (changed ? 1 : 0);
        if (!changed && row->final == stored->final) return {};
    }
    rows_.push_back(std::move(*row));
    return rows_.size() < rows_per_write ? Result<void>{} : put({});
}

Result<void> Aggregator::Tick::put(std::span<const DirtyPane> cleared) {
    if (rows_.empty() && cleared.empty()) return {};
    if (auto done = owner_.store_.put_rows(rows_, cleared); !done) return done;
    written_ += rows_.size();
    if (options_.on_row)
        for (const AggregateRow& row : rows_)
            options_.on_row(row);
    rows_.clear();
    return {};
}

Aggregator::Aggregator(Store& store, const Clock& clock, Options options)
    : store_(store), clock_(clock), options_(std::move(options)) {}

Result<std::size_t> Aggregator::tick() {
    return tick_at(clock_.now());
}

Result<std::size_t> Aggregator::tick_at(Timestamp now) {
    const std::lock_guard lock(mutex_);
    // After the clock was set back, rows behind final_until_ may be written as not final again.
    if (now < last_tick_) final_until_ = min_timestamp;
    last_tick_ = now;
    return Tick(*this, now).run();
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

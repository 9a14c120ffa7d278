#include "pipeline/aggregator_tick.h"

#include <algorithm>
#include <utility>

namespace weir {
namespace {

constexpr std::size_t rows_per_read = 256;  // bounds what is held in memory
constexpr Duration look_back_step{std::chrono::hours{1}};

bool same_counts(const AggregateRow& a, const AggregateRow& b) {
    return a.total == b.total && a.late == b.late && a.counts == b.counts;
}

}  // namespace

Aggregator::Tick::Tick(Aggregator& owner, Timestamp now, Timestamp deadline)
    : owner_(owner),
      options_(owner.options_),
      now_(now),
      deadline_(deadline),
      oldest_(now - owner.options_.retention),
      budget_(owner.options_.max_rows_per_tick) {}

Result<TickReport> Aggregator::Tick::run() {
    auto dirty = owner_.store_.dirty_panes();
    if (!dirty) return fail(std::move(dirty).error());
    auto latest = owner_.store_.latest_row();
    if (!latest) return fail(std::move(latest).error());
    latest_ = *std::move(latest);
    if (options_.starts_often) {
        if (owner_.final_until_ == min_timestamp)
            if (auto done = look_back(); !done) return fail(std::move(done).error());
        // Before anything newer, which would hide the rows that are not final yet from a later look back:
        // where the budget or the time ends here, neither is left for what follows.
        if (auto done = write_final(); !done) return fail(std::move(done).error());
    }
    if (auto done = write_closed(); !done) return fail(std::move(done).error());
    if (auto done = write_dirty(*dirty); !done) return fail(std::move(done).error());
    if (!options_.starts_often)
        if (auto done = write_final(); !done) return fail(std::move(done).error());
    return report_;
}

bool Aggregator::Tick::has_time() const {
    const Duration margin = std::max(options_.deadline_margin, slowest_count_ + slowest_put_);
    return owner_.clock_.now() + margin < deadline_;
}

std::size_t Aggregator::Tick::windows_in(TimeRange ends) const {
    const Timestamp first = align_up(ends.start, options_.window.slide);
    if (first >= ends.end) return 0;
    return static_cast<std::size_t>((ends.end - first - Duration{1}) / options_.window.slide) + 1;
}

// Windows that have closed since the last row stored, oldest first, so that the last row stored says how far
// the schedule is.
Result<void> Aggregator::Tick::write_closed() {
    const Duration slide = options_.window.slide;
    const Timestamp due = align_down(now_ - options_.settle, slide);
    Timestamp end = due;
    if (latest_) {
        scheduled_until_ = latest_->window_end;
        const Timestamp first_kept = align_down(oldest_, slide) + slide;
        end = std::max(align_down(scheduled_until_, slide) + slide, first_kept);
    }
    for (; end <= due && budget_ > 0 && has_time(); end += slide) {
        if (auto done = refresh(end); !done) return done;
        scheduled_until_ = end;
    }
    report_.windows_left += windows_in({end, due + Duration{1}});
    return put({});
}

// Rows that exist, or should, and whose panes have changed. Windows after scheduled_until_ are left to the
// schedule, which counts everything that is there when their turn comes.
Result<void> Aggregator::Tick::write_dirty(const std::vector<DirtyPane>& dirty) {
    std::vector<DirtyPane> cleared;
    std::set<Timestamp> left;
    bool begins = true;
    for (const DirtyPane& pane : dirty) {
        std::vector<Timestamp> ends = windows_covering(pane.pane, scheduled_until_, options_.window);
        std::erase_if(ends, [&](Timestamp end) { return end <= oldest_ || counted_.contains(end); });
        begins = begins && (ends.size() <= budget_ || counted_.empty());
        std::size_t done = 0;
        for (; begins && done < ends.size() && has_time(); ++done)
            if (auto refreshed = refresh(ends[done]); !refreshed) return refreshed;
        if (done == ends.size())
            cleared.push_back(pane);
        else
            left.insert(ends.begin() + static_cast<std::ptrdiff_t>(done), ends.end());
    }
    report_.windows_left += left.size();
    return cleared.empty() && rows_.empty() ? Result<void>{} : put(cleared);
}

// Rows that were written before their lateness was over and that nothing has touched since.
Result<void> Aggregator::Tick::write_final() {
    const Timestamp until = now_ - options_.window.lateness + Duration{1};  // window_end + lateness <= now
    Timestamp from = std::max(owner_.final_until_, oldest_);
    while (from < until && budget_ > 0 && has_time()) {
        const std::size_t limit = std::min(budget_, rows_per_read);
        auto rows = owner_.store_.rows({from, until}, limit);
        if (!rows) return fail(std::move(rows).error());
        Timestamp next = rows->size() < limit ? until : rows->back().window_end + Duration{1};
        for (const AggregateRow& row : *rows) {
            if (row.final) continue;
            if (!has_time()) {
                next = row.window_end;
                break;
            }
            if (auto done = refresh(row.window_end, row); !done) return done;
        }
        budget_ -= std::min(budget_, rows->size());  // reading them is work too
        if (auto done = put({}); !done) return done;
        from = next;
        owner_.final_until_ = from;
    }
    report_.windows_left += windows_in({from, until});
    return {};
}

// Finds the rows that an earlier start has left without making them final; see Options::starts_often.
Result<void> Aggregator::Tick::look_back() {
    Timestamp start = oldest_;
    for (Timestamp end = latest_ ? latest_->window_end + Duration{1} : oldest_; end > oldest_; end = start) {
        start = std::max(end - look_back_step, oldest_);
        auto oldest_row = owner_.store_.rows({start, end}, 1);
        if (!oldest_row) return fail(std::move(oldest_row).error());
        if (!oldest_row->empty() && oldest_row->front().final) break;
    }
    owner_.final_until_ = start;
    return {};
}

Result<void> Aggregator::Tick::refresh(Timestamp end) {
    auto stored = owner_.store_.row_at(end);
    if (!stored) return fail(std::move(stored).error());
    return refresh(end, *stored);
}

Result<void> Aggregator::Tick::refresh(Timestamp end, const std::optional<AggregateRow>& stored) {
    budget_ -= std::min<std::size_t>(budget_, 1);
    const SteadyTime start = owner_.clock_.steady_now();
    auto row = owner_.count(end, now_);
    if (!row) return fail(std::move(row).error());
    slowest_count_ =
        std::max(slowest_count_, std::chrono::ceil<Duration>(owner_.clock_.steady_now() - start));
    counted_.insert(end);
    if (stored) {
        const bool changed = !same_counts(*row, *stored);
        row->final = row->final || stored->final;  // also after the clock was set back
        row->revision = stored->revision + (changed ? 1 : 0);
        if (!changed && row->final == stored->final) return {};
    }
    rows_.push_back(std::move(*row));
    return rows_.size() < options_.rows_per_put ? Result<void>{} : put({});
}

Result<void> Aggregator::Tick::put(std::span<const DirtyPane> cleared) {
    if (rows_.empty() && cleared.empty()) return {};
    const SteadyTime start = owner_.clock_.steady_now();
    if (auto done = owner_.store_.put_rows(rows_, cleared); !done) return done;
    slowest_put_ = std::max(slowest_put_, std::chrono::ceil<Duration>(owner_.clock_.steady_now() - start));
    report_.rows += rows_.size();
    if (options_.on_row)
        for (const AggregateRow& row : rows_)
            options_.on_row(row);
    rows_.clear();
    return {};
}

}  // namespace weir

#include "window/pane_table.h"

#include <algorithm>

namespace weir {
namespace {

// Adding or subtracting an entry is random access, copying or clearing the sum of an id is not.
constexpr std::size_t ids_copied_per_entry = 8;
// With more than one in so many of all keys wanted, all are taken: the choice is then made without a lock.
constexpr std::size_t few = 8;

}  // namespace

PaneTable::PaneTable(const WindowSpec& window, Timestamp start, const Limits& limits)
    : window_(window.size), pane_(window.pane), start_(start), limits_(limits) {
    running_.range = {start - window_, start};
}

void PaneTable::add(const GroupCounts& group) {
    names_.use(group.keys(), ids_);
    for (const GroupCounts::Pane& added : group.panes()) {
        if (added.start < start_) continue;
        Pane& pane = panes_[added.start];
        pane.counts.reserve(added.counts.size());
        added.counts.for_each(
            [&](std::uint32_t number) {
                running_.counts.prefetch(ids_[number]);
                names_.prefetch(ids_[number]);
            },
            [&](std::uint32_t number, std::uint64_t count) {
                add_to(added.start, pane, ids_[number], count);
            });
        add_late(added.start, added.late);
    }
    for (const std::uint32_t id : ids_)
        names_.release(id);
    drop_beyond_limits();
}

void PaneTable::add(Timestamp pane, std::string_view key, std::uint64_t count) {
    if (pane < start_ || count == 0) return;
    const std::uint32_t id = names_.use({key, key_hash(key)});
    add_to(pane, panes_[pane], id, count);
    names_.release(id);
    drop_beyond_limits();
}

void PaneTable::add_late(Timestamp pane, std::uint64_t count) {
    if (pane < start_ || count == 0) return;
    panes_[pane].late += count;
    if (running_.range.contains(pane)) running_.late += count;
}

void PaneTable::evict_before(Timestamp start) {
    while (!panes_.empty() && panes_.begin()->first < start)
        drop_oldest();
    start_ = std::max(start_, start);
}

void PaneTable::slide_to(Timestamp end) {
    if (end == running_.range.end) return;
    const TimeRange to{end - window_, end};
    const Cost cost = cost_of_moving(running_.range, to);
    if (cost.changed <= cost.whole)
        move(running_, to);
    else
        sum_up(running_, to);
}

CountedKeys PaneTable::all(TimeRange range) {
    return range == running_.range ? take(running_, 1) : take(sum_of(range), 1);
}

CountedKeys PaneTable::largest(TimeRange range, std::size_t limit) {
    const auto choose = [&](RangeSum& sum) {
        const bool most = limit >= sum.counts.ids() / few + 1;
        return take(sum, most ? 1 : sum.counts.least_of_largest(limit));
    };
    if (range == running_.range) return choose(running_);
    RangeSum sum = sum_of(range);
    return choose(sum);
}

// The key's id must be in use.
void PaneTable::add_to(Timestamp start, Pane& pane, std::uint32_t id, std::uint64_t count) {
    if (running_.range.contains(start)) running_.counts.add(id, count);
    if (!pane.counts.add(id, count)) return;
    names_.use_again(id);
    ++entries_;
}

void PaneTable::drop_beyond_limits() {
    while ((entries_ > limits_.entries || names_.size() > limits_.keys) && !panes_.empty())
        drop_oldest();
}

void PaneTable::drop_oldest() {
    const auto oldest = panes_.begin();
    if (running_.range.contains(oldest->first)) subtract(running_, oldest->second);
    oldest->second.counts.for_each([&](std::uint32_t id) { names_.prefetch(id); },
                                   [&](std::uint32_t id, std::uint64_t) { names_.release(id); });
    entries_ -= oldest->second.counts.size();
    start_ = std::max(start_, oldest->first + pane_);
    panes_.erase(oldest);
}

PaneTable::Cost PaneTable::cost_of_moving(TimeRange from, TimeRange to) const {
    Cost cost;
    const auto end = panes_.lower_bound(std::max(from.end, to.end));
    for (auto it = panes_.lower_bound(std::min(from.start, to.start)); it != end; ++it) {
        const bool wanted = to.contains(it->first);
        if (wanted != from.contains(it->first)) cost.changed += it->second.counts.size();
        if (wanted) cost.whole += it->second.counts.size();
    }
    return cost;
}

void PaneTable::move(RangeSum& sum, TimeRange to) const {
    const auto end = panes_.lower_bound(std::max(sum.range.end, to.end));
    for (auto it = panes_.lower_bound(std::min(sum.range.start, to.start)); it != end; ++it) {
        const bool wanted = to.contains(it->first), there = sum.range.contains(it->first);
        if (wanted && !there) add(sum, it->second);
        if (there && !wanted) subtract(sum, it->second);
    }
    sum.range = to;
}

void PaneTable::sum_up(RangeSum& sum, TimeRange range) const {
    sum.range = range;
    sum.counts.clear();
    sum.late = 0;
    for (auto it = panes_.lower_bound(range.start); it != panes_.end() && it->first < range.end; ++it)
        add(sum, it->second);
}

void PaneTable::add(RangeSum& sum, const Pane& pane) {
    pane.counts.for_each([&](std::uint32_t id) { sum.counts.prefetch(id); },
                         [&](std::uint32_t id, std::uint64_t count) { sum.counts.add(id, count); });
    sum.late += pane.late;
}

void PaneTable::subtract(RangeSum& sum, const Pane& pane) {
    pane.counts.for_each([&](std::uint32_t id) { sum.counts.prefetch(id); },
                         [&](std::uint32_t id, std::uint64_t count) { sum.counts.subtract(id, count); });
    sum.late -= pane.late;
}

PaneTable::RangeSum PaneTable::sum_of(TimeRange range) const {
    const Cost cost = cost_of_moving(running_.range, range);
    RangeSum sum;
    if (cost.changed + running_.counts.ids() / ids_copied_per_entry < cost.whole) {
        sum = running_;
        move(sum, range);
    } else {
        sum_up(sum, range);
    }
    return sum;
}

CountedKeys PaneTable::take(const RangeSum& sum, std::uint64_t least) const {
    CountedKeys taken;
    taken.distinct = sum.counts.ids();
    taken.total = sum.counts.total();
    taken.late = sum.late;
    taken.names = names_.keep();
    if (least == 1) taken.keys.reserve(taken.distinct);
    sum.counts.for_each_from(least, [&](std::uint32_t id, std::uint64_t count) {
        taken.keys.push_back({names_.name(id), count});
    });
    return taken;
}

}  // namespace weir

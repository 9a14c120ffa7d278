#include "window/pane_table.h"

#include <algorithm>

namespace weir {

PaneTable::PaneTable(Duration pane, Timestamp start, std::size_t max_entries)
    : pane_(pane), start_(start), max_entries_(max_entries) {}

void PaneTable::add(Timestamp pane, std::string_view key, std::uint64_t count) {
    if (pane < start_ || count == 0) return;
    Pane& counted = panes_[pane];
    const std::uint32_t id = intern(key);
    const std::size_t before = counted.counts.size();
    counted.counts.add(id, count);
    if (counted.counts.size() == before) return;
    ++slots_[id].panes;
    ++entries_;
    while (entries_ > max_entries_)
        drop_oldest();
}

void PaneTable::add_late(Timestamp pane, std::uint64_t count) {
    if (pane >= start_ && count != 0) panes_[pane].late += count;
}

void PaneTable::evict_before(Timestamp start) {
    while (!panes_.empty() && panes_.begin()->first < start)
        drop_oldest();
    start_ = std::max(start_, start);
}

void PaneTable::sum(TimeRange range, KeyCounts& counts, std::uint64_t& total, std::uint64_t& late) const {
    CountMap sums;
    for (auto it = panes_.lower_bound(range.start); it != panes_.end() && it->first < range.end; ++it) {
        it->second.counts.for_each([&](std::uint64_t id, std::uint64_t count) { sums.add(id, count); });
        late += it->second.late;
    }
    sums.for_each([&](std::uint64_t id, std::uint64_t count) {
        counts[*slots_[id].name] += count;
        total += count;
    });
}

std::uint32_t PaneTable::intern(std::string_view key) {
    lookup_ = key;
    if (const auto known = ids_.find(lookup_); known != ids_.end()) return known->second;
    std::uint32_t id = static_cast<std::uint32_t>(slots_.size());
    if (spare_.empty()) {
        slots_.emplace_back();
    } else {
        id = spare_.back();
        spare_.pop_back();
    }
    const auto entry = ids_.emplace(lookup_, id).first;
    slots_[id] = {&entry->first, 0};
    return id;
}

void PaneTable::release(std::uint64_t id) {
    KeySlot& slot = slots_[id];
    if (--slot.panes != 0) return;
    ids_.erase(ids_.find(*slot.name));
    slot.name = nullptr;
    spare_.push_back(static_cast<std::uint32_t>(id));
}

void PaneTable::drop_oldest() {
    const auto oldest = panes_.begin();
    oldest->second.counts.for_each([&](std::uint64_t id, std::uint64_t) { release(id); });
    entries_ -= oldest->second.counts.size();
    start_ = std::max(start_, oldest->first + pane_);
    panes_.erase(oldest);
}

}  // namespace weir

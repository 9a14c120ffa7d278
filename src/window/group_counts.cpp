#include "window/group_counts.h"

namespace weir {

std::uint64_t GroupCounts::add(const Batch& batch, Timestamp received_at,
                               std::span<const std::uint32_t> duplicates) {
    number_keys(batch);
    std::uint64_t late = 0;
    const Timestamp on_time = received_at - lateness_;
    auto skip = duplicates.begin();
    for (std::uint32_t i = 0; i < batch.events.size(); ++i) {
        if (skip != duplicates.end() && *skip == i) {
            ++skip;
            continue;
        }
        const EventRecord& event = batch.events[i];
        Pane& pane = pane_at(event.ts);
        pane.counts.add(numbers_[event.key], 1);
        if (event.ts >= on_time) continue;
        ++pane.late;
        ++late;
    }
    return late;
}

// The keys of one batch are distinct, so that the first batch, often the only one, needs no look for them.
void GroupCounts::number_keys(const Batch& batch) {
    numbers_.clear();
    numbers_.reserve(batch.keys.size());
    const bool first = keys_.empty();
    if (first) keys_.reserve(batch.keys.size());
    if (index_.size() == 0)
        for (std::uint32_t i = 0; i < keys_.size(); ++i)
            index_.insert(keys_[i].hash, i);
    for (const Key& name : batch.keys) {
        const HashedKey key{name, key_hash(name)};
        if (first) {
            numbers_.push_back(static_cast<std::uint32_t>(keys_.size()));
            keys_.push_back(key);
        } else {
            numbers_.push_back(number_of(key));
        }
    }
}

std::uint32_t GroupCounts::number_of(const HashedKey& key) {
    const std::uint32_t known =
        index_.find(key.hash, [&](std::uint32_t number) { return keys_[number].name == key.name; });
    if (known != KeyIndex::none) return known;
    const auto fresh = static_cast<std::uint32_t>(keys_.size());
    keys_.push_back(key);
    index_.insert(key.hash, fresh);
    return fresh;
}

// Mostly an event lies in the pane of the event before it.
GroupCounts::Pane& GroupCounts::pane_at(Timestamp ts) {
    if (last_.contains(ts)) return panes_[last_number_];
    const Timestamp start = align_down(ts, pane_);
    const auto [known, is_new] =
        pane_numbers_.try_emplace(to_ms(start), static_cast<std::uint32_t>(panes_.size()));
    if (is_new) panes_.push_back({start, {}, 0});
    last_ = {start, start + pane_};
    last_number_ = known->second;
    return panes_[last_number_];
}

}  // namespace weir

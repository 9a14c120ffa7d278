#include "store/rocks/id_index.h"

#include <algorithm>
#include <bit>
#include <new>
#include <random>
#include <tuple>

#include <fmt/format.h>

namespace weir::rocks {
namespace {

// So many ids are cleared away for each new one, and some more: enough to keep up, too few to be felt.
constexpr std::size_t cleared_for_each = 2;
constexpr std::size_t cleared_at_least = 1024;
// So many ids ahead the table is fetched from memory.
constexpr std::size_t looked_ahead = 16;
constexpr std::uint64_t middle = std::uint64_t{1} << 62U;

template <typename T>
T* zeroed(std::uint64_t count) {
    void* memory = std::calloc(count, sizeof(T));  // pages that are first touched when they are used
    if (memory == nullptr) throw std::bad_alloc();
    return static_cast<T*>(memory);
}

std::uint64_t random_odd() {
    std::random_device device;
    return (std::uint64_t{device()} << 32U | device()) | 1U;
}

// At most two thirds of the table are in use.
std::uint64_t slots_for(std::uint64_t ids) {
    return std::bit_ceil(ids + ids / 2 + 1);
}

}  // namespace

IdIndex::IdIndex(Duration horizon, std::uint64_t max_ids)
    : horizon_(horizon),
      grain_(std::max(Duration{std::chrono::seconds{1}}, horizon / 1000)),
      max_ids_(max_ids),
      slot_mask_(slots_for(max_ids) - 1),
      slot_shift_(std::countl_zero(slot_mask_)),
      index_mask_(static_cast<std::uint32_t>(std::bit_ceil(max_ids + 1) - 1)),
      random_high_(random_odd()),
      random_low_(random_odd()),
      ring_(zeroed<Hash128>(max_ids)),
      slots_(zeroed<std::uint32_t>(slots_for(max_ids))),
      first_(middle),
      end_(middle) {}

Result<void> IdIndex::claim(const Batch& batch, std::vector<std::uint32_t>& duplicates) {
    const std::vector<Hash128>& ids = batch.foreign_ids;
    if (ids.empty()) return {};
    const Timestamp oldest = batch.received_at - horizon_;
    if (!marks_.empty() && batch.received_at < marks_.back().newest - longest_overtaking)
        set_clock_back(batch.received_at);
    evict(batch.received_at, ids.size());
    if (size() + ids.size() > max_ids_)
        if (auto checked = check_room(batch, oldest); !checked) return checked;
    mark(batch.received_at);
    std::size_t next = 0;
    for (std::uint32_t i = 0; i < batch.events.size(); ++i) {
        if (batch.events[i].producer != no_producer) continue;
        if (next + looked_ahead < ids.size()) __builtin_prefetch(&slots_[home_of(ids[next + looked_ahead])]);
        const Hash128 id = ids[next++];
        const std::size_t slot = find(id);
        if (is_known(slot, oldest))
            duplicates.push_back(i);
        else
            put(slot, id, end_++);  // in place of an older one that waits to be cleared away, if there is one
    }
    return {};
}

bool IdIndex::add_older(std::span<const Hash128> ids, Timestamp received_at) {
    if (marks_.empty() || received_at < marks_.front().newest - grain_)
        marks_.push_front({first_, received_at, received_at});
    Mark& mark = marks_.front();
    mark.oldest = std::min(mark.oldest, received_at);
    mark.newest = std::max(mark.newest, received_at);
    for (const Hash128 id : ids) {
        const std::size_t slot = find(id);
        if (slots_[slot] != 0) continue;
        if (size() == max_ids_) return false;
        put(slot, id, --first_);
    }
    mark.first = first_;
    return true;
}

std::size_t IdIndex::home_of(Hash128 id) const {
    return (id.high * random_high_ + id.low * random_low_) >> slot_shift_;
}

std::uint32_t IdIndex::tag_of(Hash128 id) const {
    return static_cast<std::uint32_t>(id.high) & ~index_mask_;
}

std::size_t IdIndex::find(Hash128 id) const {
    const std::uint32_t tag = tag_of(id);
    for (std::size_t slot = home_of(id);; slot = (slot + 1) & slot_mask_) {
        const std::uint32_t value = slots_[slot];
        if (value == 0 || ((value & ~index_mask_) == tag && ring_[index_of(value)] == id)) return slot;
    }
}

Timestamp IdIndex::time_of(std::uint32_t slot) const {
    const std::uint64_t index = index_of(slot), first = first_ % max_ids_;
    const std::uint64_t place = first_ + (index >= first ? index - first : index + max_ids_ - first);
    const auto after =
        std::upper_bound(marks_.begin(), marks_.end(), place,
                         [](std::uint64_t wanted, const Mark& mark) { return wanted < mark.first; });
    return std::prev(after)->newest;
}

bool IdIndex::is_known(std::size_t slot, Timestamp oldest) const {
    return slots_[slot] != 0 && time_of(slots_[slot]) >= oldest;
}

void IdIndex::put(std::size_t slot, Hash128 id, std::uint64_t place) {
    const std::uint64_t index = place % max_ids_;
    ring_[index] = id;
    slots_[slot] = tag_of(id) | static_cast<std::uint32_t>(index + 1);
}

// Empties a slot and moves those up that were put behind it because it was taken (Knuth, The Art of Computer
// Programming 3, 6.4, algorithm R).
void IdIndex::clear(std::size_t slot) {
    for (std::size_t next = (slot + 1) & slot_mask_; slots_[next] != 0; next = (next + 1) & slot_mask_) {
        const std::size_t home = home_of(ring_[index_of(slots_[next])]);
        if (((next - home) & slot_mask_) < ((next - slot) & slot_mask_)) continue;
        slots_[slot] = slots_[next];
        slot = next;
    }
    slots_[slot] = 0;
}

// Clears ids away that no batch can be a duplicate of any more, from the oldest on.
void IdIndex::evict(Timestamp received_at, std::size_t wanted) {
    const Timestamp oldest = received_at - horizon_ - longest_overtaking;
    const std::uint64_t last = std::min(end_, first_ + cleared_for_each * wanted + cleared_at_least);
    while (!marks_.empty()) {
        if (marks_.size() > 1 && marks_[1].first <= first_) {
            marks_.pop_front();
            continue;
        }
        if (first_ == last || marks_.front().newest >= oldest) return;
        const std::uint64_t index = first_ % max_ids_;
        if (first_ + looked_ahead < end_)
            __builtin_prefetch(&slots_[home_of(ring_[(first_ + looked_ahead) % max_ids_])]);
        const std::size_t slot = find(ring_[index]);
        // Another place in the slot: the id was stored again since, after the horizon.
        if (slots_[slot] != 0 && index_of(slots_[slot]) == index) clear(slot);
        ++first_;
    }
}

// What is put next was received at this time.
void IdIndex::mark(Timestamp received_at) {
    if (marks_.empty() || received_at >= marks_.back().oldest + grain_)
        marks_.push_back({end_, received_at, received_at});
    marks_.back().newest = std::max(marks_.back().newest, received_at);
}

// What is here was received before this, so no later by the clock as it is now.
void IdIndex::set_clock_back(Timestamp received_at) {
    for (Mark& known : marks_) {
        known.oldest = std::min(known.oldest, received_at);
        known.newest = std::min(known.newest, received_at);
    }
}

Result<void> IdIndex::check_room(const Batch& batch, Timestamp oldest) const {
    std::vector<Hash128> fresh;
    for (const Hash128 id : batch.foreign_ids)
        if (!is_known(find(id), oldest)) fresh.push_back(id);
    const auto as_tuple = [](const Hash128& id) { return std::tuple(id.high, id.low); };
    std::ranges::sort(fresh, {}, as_tuple);
    fresh.erase(std::unique(fresh.begin(), fresh.end()), fresh.end());
    if (size() + fresh.size() <= max_ids_) return {};
    if (fresh.size() > max_ids_)
        return fail(ErrorCode::too_large, "too-many-ids",
                    fmt::format("the batch has {} new event_ids, and no more than {} are remembered at once "
                                "(--deduplicate-ids-max)",
                                fresh.size(), max_ids_),
                    "start weir serve with a larger --deduplicate-ids-max, or send the events as smaller "
                    "batches");
    return fail(ErrorCode::overloaded, "ids-full",
                fmt::format("the batch has {} new event_ids, and of the {} that are remembered for {} "
                            "(--deduplicate-ids-max, --deduplicate-ids) only {} are free",
                            fresh.size(), max_ids_, format_duration(horizon_), max_ids_ - size()),
                "send the same batch again a little later; if this lasts, start weir serve with a larger "
                "--deduplicate-ids-max or a shorter --deduplicate-ids");
}

}  // namespace weir::rocks

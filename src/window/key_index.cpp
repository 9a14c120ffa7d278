#include "window/key_index.h"

#include <algorithm>
#include <random>

#include <xxhash.h>

namespace weir {

std::uint32_t key_hash(std::string_view name) {
    static const std::uint64_t seed = [] {
        std::random_device random;
        return std::uint64_t{random()} << 32U | random();
    }();
    return static_cast<std::uint32_t>(XXH3_64bits_withSeed(name.data(), name.size(), seed));
}

void KeyIndex::insert(std::uint32_t hash, std::uint32_t id) {
    if (size_ * 2 >= slots_.size()) grow();
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash & mask;
    while (slots_[at].id != none)
        at = (at + 1) & mask;
    slots_[at] = {hash, id};
    ++size_;
}

// Closes the gap, so that no mark of what was there is needed (Knuth, TAOCP 3, 6.4, algorithm R).
void KeyIndex::erase(std::uint32_t hash, std::uint32_t id) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t gap = hash & mask;
    while (slots_[gap].id != id)
        gap = (gap + 1) & mask;
    for (std::size_t at = (gap + 1) & mask; slots_[at].id != none; at = (at + 1) & mask) {
        const std::size_t home = slots_[at].hash & mask;
        if (((at - home) & mask) < ((at - gap) & mask)) continue;  // it would come to stand before its home
        slots_[gap] = slots_[at];
        gap = at;
    }
    slots_[gap] = {};
    --size_;
}

void KeyIndex::clear() {
    slots_.clear();
    size_ = 0;
}

void KeyIndex::grow() {
    constexpr std::size_t first_size = 16;
    std::vector<Slot> old(std::max(slots_.size() * 2, first_size));
    old.swap(slots_);
    size_ = 0;
    for (const Slot& slot : old)
        if (slot.id != none) insert(slot.hash, slot.id);
}

}  // namespace weir

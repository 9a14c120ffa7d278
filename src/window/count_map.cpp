#include "window/count_map.h"

#include <utility>

namespace weir {

bool CountMap::contains(std::uint32_t id) const {
    if (slots_.empty()) return false;
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = home(id) & mask;
    while (slots_[at].count() != 0 && slots_[at].id != id)
        at = (at + 1) & mask;
    return slots_[at].count() != 0;
}

void CountMap::reserve(std::size_t ids) {
    constexpr std::size_t first_size = 8;
    std::size_t wanted = slots_.empty() ? first_size : slots_.size();
    while (ids * 4 > wanted * 3)
        wanted *= 2;
    if (wanted == slots_.size()) return;
    std::vector<Slot> old(wanted);
    std::swap(old, slots_);
    for (const Slot& slot : old)
        if (slot.count() != 0) find(slot.id) = slot;
}

}  // namespace weir

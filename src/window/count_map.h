#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir {

// Counts per 64-bit key, in one flat table (open addressing, linear probing, at most three quarters full). A
// count of zero marks an empty slot, so that adding zero adds nothing. For the hot path: no allocation but
// when it grows.
class CountMap {
  public:
    void add(std::uint64_t key, std::uint64_t count) {
        if (count == 0) return;
        if ((size_ + 1) * 4 > slots_.size() * 3) grow();
        Slot& slot = find(key);
        if (slot.count == 0) {
            slot.key = key;
            ++size_;
        }
        slot.count += count;
    }

    // `visit(key, count)` for every key, in no particular order.
    template <typename Visitor>
    void for_each(const Visitor& visit) const {
        for (const Slot& slot : slots_)
            if (slot.count != 0) visit(slot.key, slot.count);
    }

    [[nodiscard]] bool contains(std::uint64_t key) const;
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    void clear();

  private:
    struct Slot {
        std::uint64_t key = 0;
        std::uint64_t count = 0;
    };

    // The slot of `key`, or the empty one where it belongs. There is always an empty one.
    Slot& find(std::uint64_t key) {
        const std::size_t mask = slots_.size() - 1;
        std::size_t at = home(key) & mask;
        while (slots_[at].count != 0 && slots_[at].key != key)
            at = (at + 1) & mask;
        return slots_[at];
    }
    // Fibonacci hashing (Knuth, TAOCP 3, 6.4): the high bits of the product are the well-mixed ones.
    static std::size_t home(std::uint64_t key) {
        return static_cast<std::size_t>((key * 0x9E3779B97F4A7C15U) >> 32U);
    }
    void grow();

    std::vector<Slot> slots_;  // a power of two of them, or none
    std::size_t size_ = 0;
};

}  // namespace weir

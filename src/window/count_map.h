#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace weir {

// Counts per 32-bit id, in one flat table (open addressing, linear probing, at most three quarters full) of
// 12 bytes a slot. A count of zero marks an empty slot, so that adding zero adds nothing. For the hot path:
// no allocation but when it grows.
class CountMap {
  public:
    // Returns whether the id is new.
    bool add(std::uint32_t id, std::uint64_t count) {
        if (count == 0) return false;
        if ((size_ + 1) * 4 > slots_.size() * 3) reserve(size_ + 1);
        Slot& slot = find(id);
        const bool is_new = slot.count() == 0;
        if (is_new) {
            slot.id = id;
            ++size_;
        }
        slot.set_count(slot.count() + count);
        return is_new;
    }

    // `visit(id, count)` for every id, in no particular order.
    template <typename Visitor>
    void for_each(const Visitor& visit) const {
        for (const Slot& slot : slots_)
            if (const std::uint64_t count = slot.count(); count != 0) visit(slot.id, count);
    }

    // The same, some ids at a time: first `fetch(id)` of each, which is to have the memory fetched that
    // `visit` needs.
    template <typename Fetch, typename Visitor>
    void for_each(const Fetch& fetch, const Visitor& visit) const {
        constexpr std::size_t at_once = 32;
        std::array<std::pair<std::uint32_t, std::uint64_t>, at_once> some;
        std::size_t size = 0;
        const auto visit_some = [&] {
            for (std::size_t i = 0; i < size; ++i)
                visit(some[i].first, some[i].second);
            size = 0;
        };
        for_each([&](std::uint32_t id, std::uint64_t count) {
            fetch(id);
            some[size++] = {id, count};
            if (size == at_once) visit_some();
        });
        visit_some();
    }

    // Makes room for so many ids in all.
    void reserve(std::size_t ids);
    [[nodiscard]] bool contains(std::uint32_t id) const;
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }

  private:
    struct Slot {
        std::uint32_t id = 0;
        std::uint32_t low = 0, high = 0;  // halves of the count, so that a slot needs no padding

        [[nodiscard]] std::uint64_t count() const { return std::uint64_t{high} << 32U | low; }
        void set_count(std::uint64_t count) {
            low = static_cast<std::uint32_t>(count);
            high = static_cast<std::uint32_t>(count >> 32U);
        }
    };

    // The slot of `id`, or the empty one where it belongs. There is always an empty one.
    Slot& find(std::uint32_t id) {
        const std::size_t mask = slots_.size() - 1;
        std::size_t at = home(id) & mask;
        while (slots_[at].count() != 0 && slots_[at].id != id)
            at = (at + 1) & mask;
        return slots_[at];
    }
    // Fibonacci hashing (Knuth, TAOCP 3, 6.4): the high bits of the product are the well-mixed ones.
    static std::size_t home(std::uint32_t id) {
        return static_cast<std::size_t>((id * 0x9E3779B97F4A7C15U) >> 32U);
    }

    std::vector<Slot> slots_;  // a power of two of them, or none
    std::size_t size_ = 0;
};

}  // namespace weir

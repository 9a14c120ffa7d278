#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "event/batch.h"

namespace weir {

// An open hash table of indices into a list that somebody else owns. Not thread-safe.
class IndexTable {
  public:
    static constexpr std::uint32_t none = no_producer;

    void clear();
    // The index stored under `hash` for which `equal(index)` holds; else stores and returns `fresh`.
    template <typename Equal>
    std::uint32_t find_or_insert(std::uint32_t hash, std::uint32_t fresh, const Equal& equal) {
        if (size_ * 2 >= slots_.size()) grow();
        const std::size_t mask = slots_.size() - 1;
        for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
            Slot& slot = slots_[i];
            if (slot.index == none) {
                slot = {hash, fresh};
                ++size_;
                return fresh;
            }
            if (slot.hash == hash && equal(slot.index)) return slot.index;
        }
    }

  private:
    struct Slot {
        std::uint32_t hash = 0;
        std::uint32_t index = none;
    };
    void grow();

    std::vector<Slot> slots_;
    std::size_t size_ = 0;
};

// Finds the indices of keys and producers in a batch, adding those that are new. One batch at a time: begin()
// comes first. Memory is used again, and allocated only for what is new. Not thread-safe.
class Interner {
  public:
    Interner();
    void begin(Batch& batch);
    std::uint32_t key(std::string_view key);
    std::uint32_t producer(const ProducerSequence& id);

  private:
    [[nodiscard]] std::uint32_t hash(std::string_view text) const;

    Batch* batch_ = nullptr;
    std::uint64_t seed_;  // so that nobody can choose keys that collide
    IndexTable keys_, producers_;
    std::uint32_t last_key_ = 0, last_producer_ = 0;
};

}  // namespace weir

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace weir {

// A key with its hash, which is computed once on the way from a batch into the table of panes.
struct HashedKey {
    std::string_view name;
    std::uint32_t hash = 0;  // key_hash(name)
};

// XXH3, seeded anew by each process, so that nobody can choose keys that collide.
std::uint32_t key_hash(std::string_view name);

// An open hash table (linear probing, at most half full) from hashes to ids of keys that somebody else holds.
// Not thread-safe.
class KeyIndex {
  public:
    static constexpr std::uint32_t none = 0xFFFF'FFFF;

    // The id stored under `hash` for which `equal(id)` holds, or none.
    template <typename Equal>
    [[nodiscard]] std::uint32_t find(std::uint32_t hash, const Equal& equal) const {
        if (slots_.empty()) return none;
        const std::size_t mask = slots_.size() - 1;
        for (std::size_t at = hash & mask; slots_[at].id != none; at = (at + 1) & mask)
            if (slots_[at].hash == hash && equal(slots_[at].id)) return slots_[at].id;
        return none;
    }
    // The id must not be in it yet.
    void insert(std::uint32_t hash, std::uint32_t id);
    // The id must be in it.
    void erase(std::uint32_t hash, std::uint32_t id);
    void clear();

    // Has the memory that find will read first fetched.
    void prefetch(std::uint32_t hash) const {
        if (!slots_.empty()) __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]);
    }
    [[nodiscard]] std::size_t size() const { return size_; }

  private:
    struct Slot {
        std::uint32_t hash = 0;
        std::uint32_t id = none;
    };
    void grow();

    std::vector<Slot> slots_;  // a power of two of them, or none
    std::size_t size_ = 0;
};

}  // namespace weir

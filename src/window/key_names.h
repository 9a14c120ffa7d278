#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "window/key_index.h"

namespace weir {

// Names in large blocks, so that a million of them are no million allocations. What is stored stays where it
// is as long as the arena lives.
class NameArena {
  public:
    std::string_view store(std::string_view name);
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

  private:
    std::vector<std::unique_ptr<char[]>> blocks_;
    std::size_t free_ = 0;  // at the end of the last block
    std::size_t block_bytes_ = 0;
    std::size_t bytes_ = 0;  // stored
};

// The keys that panes count: small ids, dense from zero on, for their names. A key is kept while it is in
// use; then its id is free for another. Not thread-safe, but see keep().
class KeyNames {
  public:
    KeyNames() : arena_(std::make_shared<NameArena>()) {}

    // The ids of the keys, each used once more. Many at a time are much cheaper than one: what they wait for
    // in memory is fetched together.
    void use(std::span<const HashedKey> keys, std::vector<std::uint32_t>& ids);
    std::uint32_t use(const HashedKey& key);
    void use_again(std::uint32_t id) { ++slots_[id].uses; }
    void release(std::uint32_t id);
    void prefetch(std::uint32_t id) const { __builtin_prefetch(&slots_[id], 1); }

    [[nodiscard]] std::string_view name(std::uint32_t id) const { return slots_[id].name; }
    [[nodiscard]] std::size_t size() const { return index_.size(); }
    // While it is held, every name that was given out until now stays readable, from any thread.
    [[nodiscard]] std::shared_ptr<const void> keep() const { return arena_; }

  private:
    struct Slot {
        std::string_view name;  // in arena_
        std::uint32_t uses = 0;
        std::uint32_t hash = 0;
    };
    [[nodiscard]] std::uint32_t find(const HashedKey& key) const;
    void compact();

    KeyIndex index_;
    std::vector<Slot> slots_;           // by id
    std::vector<std::uint32_t> spare_;  // ids free to be used again
    std::size_t live_bytes_ = 0;        // of the names in use
    std::shared_ptr<NameArena> arena_;
};

}  // namespace weir

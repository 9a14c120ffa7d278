#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "event/batch.h"
#include "window/count_map.h"
#include "window/key_index.h"
#include "window/window.h"

namespace weir {

// What a group of batches adds to the panes: every key once, and counts per pane by the key's index. For the
// hot path. Refers to the names in the batches, which must live as long. Not thread-safe.
class GroupCounts {
  public:
    struct Pane {
        Timestamp start;
        CountMap counts;  // by index into keys()
        std::uint64_t late = 0;
    };

    explicit GroupCounts(const WindowSpec& window) : pane_(window.pane), lateness_(window.lateness) {}

    // Adds the events of a batch, without those at the indices `duplicates` (ascending), to the panes of
    // their ts. Returns how many of them were late, received at that time.
    std::uint64_t add(const Batch& batch, Timestamp received_at, std::span<const std::uint32_t> duplicates);

    // Distinct, in the order they came up. Of a batch all, also those that no counted event has.
    [[nodiscard]] const std::vector<HashedKey>& keys() const { return keys_; }
    // In the order they came up.
    [[nodiscard]] const std::vector<Pane>& panes() const { return panes_; }

  private:
    void number_keys(const Batch& batch);
    std::uint32_t number_of(const HashedKey& key);
    Pane& pane_at(Timestamp ts);

    Duration pane_;
    Duration lateness_;
    std::vector<HashedKey> keys_;
    KeyIndex index_;                      // of keys_; empty while one batch has given them
    std::vector<std::uint32_t> numbers_;  // in keys_, of the keys of the batch that is being added
    std::vector<Pane> panes_;
    std::unordered_map<std::int64_t, std::uint32_t> pane_numbers_;  // by start
    TimeRange last_{};                                              // the pane of the event before
    std::uint32_t last_number_ = 0;
};

}  // namespace weir

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "event/aggregate_row.h"
#include "window/count_map.h"

namespace weir {

// The newest panes, in memory: counts per pane and key, and how many of a pane's events were late. It is
// whole from start() on and knows nothing of what lies before. Memory is bounded by `max_entries` (pane, key)
// pairs of about 32 bytes: past it the oldest panes go, and start() moves up. Keys are kept once, and only
// while a pane counts them. Not thread-safe.
class PaneTable {
  public:
    static constexpr std::size_t default_max_entries = 2'000'000;

    // `start` and everything given as a pane are pane-aligned.
    PaneTable(Duration pane, Timestamp start, std::size_t max_entries = default_max_entries);

    // Panes before start() are ignored.
    void add(Timestamp pane, std::string_view key, std::uint64_t count);
    void add_late(Timestamp pane, std::uint64_t count);

    // Forgets what lies before `start`; never moves start() back.
    void evict_before(Timestamp start);

    // Adds the panes of a pane-aligned range to `counts`, `total` and `late`, as far as they are not before
    // start().
    void sum(TimeRange range, KeyCounts& counts, std::uint64_t& total, std::uint64_t& late) const;

    [[nodiscard]] Timestamp start() const { return start_; }
    [[nodiscard]] std::size_t entries() const { return entries_; }
    [[nodiscard]] std::size_t keys() const { return ids_.size(); }

  private:
    struct Pane {
        CountMap counts;  // by key id
        std::uint64_t late = 0;
    };
    struct KeySlot {
        const std::string* name = nullptr;  // owned by ids_
        std::size_t panes = 0;              // how many panes count it
    };

    std::uint32_t intern(std::string_view key);
    void release(std::uint64_t id);
    void drop_oldest();

    Duration pane_;
    Timestamp start_;
    std::size_t max_entries_;
    std::size_t entries_ = 0;
    std::map<Timestamp, Pane> panes_;
    std::unordered_map<std::string, std::uint32_t> ids_;
    std::vector<KeySlot> slots_;        // by key id
    std::vector<std::uint32_t> spare_;  // ids free to be used again
    std::string lookup_;                // reused, so that a lookup of a known key allocates nothing
};

}  // namespace weir

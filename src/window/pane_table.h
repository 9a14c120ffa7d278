#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "window/count_map.h"
#include "window/counted_keys.h"
#include "window/group_counts.h"
#include "window/id_sums.h"
#include "window/key_names.h"
#include "window/window.h"

namespace weir {

// The newest panes, in memory: counts per pane and key, and how many of a pane's events were late. It is
// whole from start() on and knows nothing of what lies before.
//
// Of one window, the running one, it keeps the sum: what is added to a pane in it is added to the sum, and
// when it slides the panes that leave are subtracted and those that enter added, so that a window costs what
// changed and not what it holds. Counts are whole numbers: the sum is exact.
//
// Memory is bounded by `Limits`: past one of them the oldest panes go, and start() moves up. Keys are kept
// once, and only while a pane counts them. Not thread-safe.
class PaneTable {
  public:
    struct Limits {
        std::size_t entries = 16'000'000;  // (pane, key) pairs, of 16 to 32 bytes
        std::size_t keys = 2'000'000;      // of about 60 bytes and the key
    };

    // `start` and everything given as a pane or the end of a window are pane-aligned. The running window has
    // the size of the spec's, and ends at `start` at first.
    PaneTable(const WindowSpec& window, Timestamp start) : PaneTable(window, start, Limits{}) {}
    PaneTable(const WindowSpec& window, Timestamp start, const Limits& limits);

    // Panes before start() are ignored.
    void add(const GroupCounts& group);
    void add(Timestamp pane, std::string_view key, std::uint64_t count);
    void add_late(Timestamp pane, std::uint64_t count);

    // Forgets what lies before `start`; never moves start() back.
    void evict_before(Timestamp start);

    // Lets the running window end at `end`. Costs nothing where it does already, else the entries of the
    // panes that leave and enter, or of all panes in it where these are fewer.
    void slide_to(Timestamp end);

    // The counts of the panes in a pane-aligned range, as far as they are not before start(). Of the running
    // window without a look at any pane; of another by its difference from that or by adding up its panes.
    [[nodiscard]] CountedKeys all(TimeRange range);
    // Of the same, the `limit` largest (limit > 0) and those that equal the smallest of them: what
    // keep_largest is then to choose from.
    [[nodiscard]] CountedKeys largest(TimeRange range, std::size_t limit);

    [[nodiscard]] Timestamp start() const { return start_; }
    [[nodiscard]] std::size_t entries() const { return entries_; }
    [[nodiscard]] std::size_t keys() const { return names_.size(); }

  private:
    struct Pane {
        CountMap counts;  // by key id
        std::uint64_t late = 0;
    };
    struct RangeSum {
        TimeRange range;
        IdSums counts;  // by key id
        std::uint64_t late = 0;
    };
    struct Cost {                 // in entries
        std::size_t changed = 0;  // of the panes in one of the ranges only
        std::size_t whole = 0;    // of all in the wanted range
    };

    void add_to(Timestamp start, Pane& pane, std::uint32_t id, std::uint64_t count);
    void drop_oldest();
    void drop_beyond_limits();
    [[nodiscard]] Cost cost_of_moving(TimeRange from, TimeRange to) const;
    void move(RangeSum& sum, TimeRange to) const;
    void sum_up(RangeSum& sum, TimeRange range) const;
    static void add(RangeSum& sum, const Pane& pane);
    static void subtract(RangeSum& sum, const Pane& pane);
    [[nodiscard]] RangeSum sum_of(TimeRange range) const;
    [[nodiscard]] CountedKeys take(const RangeSum& sum, std::uint64_t least) const;

    const Duration window_;
    const Duration pane_;
    Timestamp start_;
    const Limits limits_;
    std::size_t entries_ = 0;
    std::map<Timestamp, Pane> panes_;
    KeyNames names_;
    RangeSum running_;
    std::vector<std::uint32_t> ids_;  // reused
};

}  // namespace weir

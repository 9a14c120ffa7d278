#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/time.h"
#include "event/event.h"

namespace weir {

// Counts per key, in the order of the keys' bytes. Never holds a zero.
using KeyCounts = std::map<Key, std::uint64_t, std::less<>>;

// The counts of one window, as stored (DESIGN: record "aggregate row", schema 1).
struct AggregateRow {
    std::string view;  // which view of the events: "county-5m"
    Timestamp window_start;
    Timestamp window_end;     // also sent as `updated`
    std::uint64_t total = 0;  // the sum of counts
    KeyCounts counts;
    std::uint64_t late = 0;  // events in the window that came later than the allowed lateness
    std::uint64_t revision =
        0;               // how often the row was rewritten because events arrived after it was first written
    bool final = false;  // window_end + allowed lateness had passed when it was computed
    std::string run_id;  // empty for a scheduled row
    Timestamp computed_at;    // wall clock
    std::uint64_t as_of = 0;  // the store's position: exactly the events committed up to it are counted

    bool operator==(const AggregateRow&) const = default;
};

struct RankedKey {
    Key key;
    std::uint64_t count = 0;
    bool operator==(const RankedKey&) const = default;
};

// A row of which only the largest counts are known.
struct TopRow {
    AggregateRow row;                // without its counts
    std::vector<RankedKey> largest;  // largest first, equal ones in the order of the keys' bytes
    std::size_t keys = 0;            // that there are to choose from
};

}  // namespace weir

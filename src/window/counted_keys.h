#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "event/aggregate_row.h"

namespace weir {

struct CountedKey {
    std::string_view name;
    std::uint64_t count = 0;
};

// The counts of a range of panes at one moment, or those of its largest keys: cheap to take under a lock, to
// be worked on outside of it.
struct CountedKeys {
    std::vector<CountedKey> keys;  // in no particular order
    std::size_t distinct = 0;      // keys of the range in all
    std::uint64_t total = 0;       // of all its keys
    std::uint64_t late = 0;
    std::shared_ptr<const void> names;  // keeps what the names point to
};

// Keeps the `limit` largest, largest first; of equal ones those whose bytes come first.
void keep_largest(std::vector<CountedKey>& keys, std::size_t limit);

// The keys must be distinct.
KeyCounts ordered_by_key(std::vector<CountedKey> keys);

}  // namespace weir

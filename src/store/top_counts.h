#pragma once

#include "store/store.h"
#include "window/counted_keys.h"

namespace weir {

// What StoreReader::top_counts answers, without its as_of. `counted` holds all keys of the range, or, where
// the request has no search, at least the largest.
TopCounts choose_top(CountedKeys counted, const TopRequest& request);

}  // namespace weir

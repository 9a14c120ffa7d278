#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "aws/attribute_value.h"
#include "base/result.h"
#include "event/batch.h"
#include "event/verdict.h"
#include "store/pane_delta.h"

namespace weir::dynamo {

// What a batch adds to the counts, in the partitions D#<minute that the pane begins in>:
//   sk       <batch>, and <batch>#<nnnn> from 0001 where the counts would pass an item's limit; each item
//            stands for itself, and all of them are summed
//   counts   text, JSON: {"keys":["Delaware","Ulster"],"panes":[[15000,1,0,3,1,2]]}
//            a pane is [milliseconds after the minute, late events, then pairs: index of a key, its events]
//   expires
// The item of a batch in the minute in which it was received is always there, if need be without `counts`,
// and carries the batch's line of the ledger:
//   received, stored, duplicates, rejected, late   numbers
constexpr std::size_t max_counts_bytes = std::size_t{380} << 10U;

std::vector<aws::Item> delta_items(const Batch& batch, Timestamp received_at, const PaneDeltas& deltas,
                                   const Verdict& verdict, Duration retention,
                                   std::size_t max_bytes = max_counts_bytes);

// One pane of an item: events of a key, or late events (with an empty key).
struct DeltaEntry {
    Timestamp pane;
    std::string_view key;
    std::uint64_t count = 0;
    bool late = false;
};
// Visits what an item of the partition of `minute` adds. ErrorCode::storage, "item-unreadable".
Result<void> each_delta(const aws::Item& item, std::int64_t minute,
                        const std::function<void(const DeltaEntry&)>& visitor);

// Adds the item's line of the ledger, if it has one.
void add_to_ledger(Ledger& ledger, const aws::Item& item);

}  // namespace weir::dynamo

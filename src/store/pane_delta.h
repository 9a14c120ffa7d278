#pragma once

#include <cstdint>
#include <map>
#include <span>

#include "event/aggregate_row.h"
#include "event/batch.h"
#include "window/window.h"

namespace weir {

// What batches add to a pane, in the order of the keys' bytes: for what is written that way. The hot path
// works on GroupCounts.
struct PaneDelta {
    KeyCounts counts;
    std::uint64_t late = 0;
};
using PaneDeltas = std::map<Timestamp, PaneDelta>;

// Adds the events of a batch, without those at the indices `duplicates` (ascending), to the panes of their
// ts. Returns how many of them were late, received at that time.
std::uint64_t count_events(const Batch& batch, Timestamp received_at,
                           std::span<const std::uint32_t> duplicates, const WindowSpec& window,
                           PaneDeltas& deltas);

}  // namespace weir

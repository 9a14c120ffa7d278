#include "store/pane_delta.h"

#include "window/group_counts.h"

namespace weir {

std::uint64_t count_events(const Batch& batch, Timestamp received_at,
                           std::span<const std::uint32_t> duplicates, const WindowSpec& window,
                           PaneDeltas& deltas) {
    GroupCounts group(window);
    const std::uint64_t late = group.add(batch, received_at, duplicates);
    for (const GroupCounts::Pane& pane : group.panes()) {
        PaneDelta& delta = deltas[pane.start];
        pane.counts.for_each([&](std::uint32_t number, std::uint64_t count) {
            delta.counts[Key(group.keys()[number].name)] += count;
        });
        delta.late += pane.late;
    }
    return late;
}

}  // namespace weir

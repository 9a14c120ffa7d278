#include "pipeline/verifier_edges.h"

#include <algorithm>

namespace weir {

void EdgeBand::note(const EventView& event) {
    if (!band_.contains(event.ts)) return;
    events_.push_back({std::string(event.event_id), event.ts, Key(event.key)});
    if (events_.size() >= 2 * max_kept) keep_nearest(max_kept);
}

Duration EdgeBand::distance(const NearEvent& event) const {
    return event.ts < edge_ ? edge_ - event.ts : event.ts - edge_;
}

void EdgeBand::keep_nearest(std::size_t count) {
    const auto nth = events_.begin() + static_cast<std::ptrdiff_t>(count);
    std::nth_element(events_.begin(), nth, events_.end(),
                     [&](const NearEvent& a, const NearEvent& b) { return distance(a) < distance(b); });
    events_.erase(nth, events_.end());
}

std::optional<NearEvent> EdgeBand::match(const KeyCounts& wanted) const {
    std::vector<NearEvent> sorted = events_;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [&](const NearEvent& a, const NearEvent& b) { return distance(a) < distance(b); });
    KeyCounts left = wanted;
    std::optional<NearEvent> nearest;
    bool passed_over = false;
    for (std::size_t i = 0; i < sorted.size() && !left.empty(); ++i) {
        if (passed_over && distance(sorted[i]) != distance(sorted[i - 1])) return std::nullopt;
        const auto found = left.find(sorted[i].key);
        if (found == left.end()) {
            passed_over = true;
            continue;
        }
        if (--found->second == 0) left.erase(found);
        if (!nearest) nearest = sorted[i];
    }
    return left.empty() ? nearest : std::nullopt;
}

WindowEdges::WindowEdges(TimeRange range, Duration pane)
    : window(range),
      below({range.start - pane, range.start}, range.start),
      first({range.start, range.start + pane}, range.start),
      last({range.end - pane, range.end}, range.end),
      above({range.end, range.end + pane}, range.end) {}

void WindowEdges::note(const EventView& event) {
    below.note(event);
    first.note(event);
    last.note(event);
    above.note(event);
}

}  // namespace weir

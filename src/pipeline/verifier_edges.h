#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "event/aggregate_row.h"
#include "event/event.h"
#include "window/window.h"

namespace weir {

// A raw event near an edge of the window.
struct NearEvent {
    std::string event_id;
    Timestamp ts;
    Key key;
};

// The raw events within one pane of one side of one edge; keeps the nearest of them. Not thread-safe.
class EdgeBand {
  public:
    static constexpr std::size_t max_kept = 256;

    EdgeBand(TimeRange band, Timestamp edge) : band_(band), edge_(edge) {}
    void note(const EventView& event);
    // Whether `wanted` are exactly the events that lie nearest to the edge (of several in the same
    // millisecond: any of them); then the nearest. Such a match is what `<` in place of `<=`, or a clock that
    // is off, looks like.
    [[nodiscard]] std::optional<NearEvent> match(const KeyCounts& wanted) const;
    [[nodiscard]] Duration distance(const NearEvent& event) const;  // from the edge

  private:
    void keep_nearest(std::size_t count);

    TimeRange band_;
    Timestamp edge_;
    std::vector<NearEvent> events_;
};

// The four bands of a window: outside and inside its lower and its upper edge.
struct WindowEdges {
    WindowEdges(TimeRange window, Duration pane);
    void note(const EventView& event);

    TimeRange window;
    EdgeBand below, first, last, above;  // below | first … last | above
};

}  // namespace weir

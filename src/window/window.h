#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace weir {

// How events are counted: windows of `size`, made of panes, a row written every `slide`. All aligned to the
// epoch.
struct WindowSpec {
    Duration size{std::chrono::minutes{5}};
    Duration pane{std::chrono::seconds{1}};
    Duration slide{std::chrono::seconds{60}};
    Duration lateness{std::chrono::seconds{30}};

    bool operator==(const WindowSpec&) const = default;
};

constexpr int max_panes_per_window = 86'400;

// Checks that pane > 0, that size and slide are positive multiples of pane, slide <= size, size / pane <=
// max_panes_per_window and lateness >= 0 (reason "window-invalid").
Result<void> validate(const WindowSpec& spec);

// The largest multiple of `step` that is <= t, also before 1970. `step` > 0.
Timestamp align_down(Timestamp t, Duration step);
// The smallest multiple of `step` that is >= t.
Timestamp align_up(Timestamp t, Duration step);

// The pane that t belongs to: [start, start + spec.pane).
Timestamp pane_of(Timestamp t, const WindowSpec& spec);

// [end - size, end). `end` must be pane-aligned.
TimeRange window_ending(Timestamp end, const WindowSpec& spec);

// The ends W of all scheduled windows (multiples of slide) that cover the pane starting at `pane` and have W
// <= last, ascending.
std::vector<Timestamp> windows_covering(Timestamp pane, Timestamp last, const WindowSpec& spec);

// The name of the view that a group-by field and a window make: ("County", 5 min) -> "county-5m".
std::string view_name(const std::string& group_by, const WindowSpec& spec);

}  // namespace weir

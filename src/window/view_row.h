#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/time.h"
#include "window/view_groups.h"

namespace weir {

// What a view says of one group.
struct ViewValue {
    std::uint64_t count = 0;  // events
    std::string value;        // a JSON number, in its shortest form without an exponent
    bool operator==(const ViewValue&) const = default;
};

// A window of a view as it is answered (docs/views.md).
struct ViewRow {
    std::string view;
    std::string measure;  // format_measure
    TimeRange window;
    std::uint64_t total = 0;     // events in groups
    std::uint64_t unusable = 0;  // events of the window that the view cannot use
    std::map<Key, ViewValue> groups;
    std::uint64_t revision = 0;
    bool final = false;  // window_end + the allowed lateness has passed
    Timestamp computed_at;
    std::uint64_t as_of = 0;  // exactly the events committed up to this position are in it
    bool operator==(const ViewRow&) const = default;
};

ViewRow view_row(const ViewSpec& spec, const ViewWindow& window, Timestamp now);

// A view and how far it is.
struct ViewStatus {
    ViewSpec spec;
    std::uint64_t as_of = 0;              // the events up to this position are in it
    std::uint64_t behind = 0;             // blocks of events after it
    std::optional<Timestamp> rows_until;  // rows are written for all windows that end up to then
};

}  // namespace weir

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
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

// Where views are read. Thread-safe. An unknown view is ErrorCode::not_found, "view-unknown".
class ViewReader {
  public:
    virtual ~ViewReader() = default;

    virtual Result<std::vector<ViewStatus>> views() = 0;
    // The window that ends at `end` (a multiple of the slide, reason "window-unaligned"; at most a slide
    // after now, "window-in-future"; default: the end of the slide that now lies in), counted now from all
    // events that were committed when it was asked for. ErrorCode::unavailable, "view-behind", while a view
    // that was just made still reads older events.
    virtual Result<ViewRow> window(const std::string& view, std::optional<Timestamp> end) = 0;
    // Stored rows whose window ends in the range, ascending, at most `limit`.
    virtual Result<std::vector<ViewRow>> rows(const std::string& view, TimeRange ends, std::size_t limit) = 0;
};

}  // namespace weir

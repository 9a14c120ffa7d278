#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "window/view_row.h"

namespace weir {

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

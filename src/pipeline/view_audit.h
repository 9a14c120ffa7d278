#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "store/store.h"
#include "store/view_reader.h"

namespace weir {

struct ViewDifference {
    std::string view;
    Timestamp end;       // of the window
    Key key;             // empty: of the window as a whole
    std::string raw;     // what the raw events say
    std::string stored;  // what the view says
    std::string note;
};

struct ViewReport {
    std::vector<std::string> views;  // that were looked at
    std::uint64_t events = 0;        // recounted; of an audit, where the windows of two hours overlap, twice
    std::uint64_t rows = 0;          // compared
    std::uint64_t rows_pending = 0;  // of these: right as of when they were written, waiting for newer events
    std::uint64_t groups = 0;        // compared
    std::uint64_t differences = 0;
    std::vector<ViewDifference> first;  // of them, at most a hundred
    [[nodiscard]] bool passed() const { return differences == 0; }
};

// What is to be looked at.
struct ViewAuditRequest {
    std::string view;      // empty: all
    TimeRange ends;        // of the windows
    Timestamp kept_since;  // windows that begin earlier have lost events
};

// Recounts the raw events of every window that ends in the range and compares each stored row with them:
// view, measure and window, total, unusable events, and count and value of each group; a row that is missing
// is a difference too. Events may be arriving meanwhile. `progress` is told the events recounted so far.
Result<ViewReport> audit_views(StoreReader& events, ViewReader& views, const ViewAuditRequest& request,
                               Clock& clock, const std::function<void(std::uint64_t)>& progress);

// Has each view (or the one named) count the window whose last slide holds `ts`, and recounts the same from
// the raw events as of the same position.
Result<ViewReport> verify_views(StoreReader& events, ViewReader& views, const std::string& view,
                                Timestamp ts);

}  // namespace weir

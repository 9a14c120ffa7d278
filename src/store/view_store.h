#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "window/view_groups.h"

namespace weir {

// How far a view has come.
struct ViewProgress {
    std::string spec;              // format_view of what its records were made for
    std::uint64_t next = 1;        // the position of the first block that is not in it
    std::optional<Timestamp> due;  // rows are written for all windows that end up to then; at first unknown
    bool operator==(const ViewProgress&) const = default;
};

// What is to become of the records of one view. A pane or row of the same start or end is replaced.
struct ViewChange {
    std::string view;
    std::map<Timestamp, ViewGroups> panes;  // by their start
    std::vector<ViewWindow> rows;
    std::vector<Timestamp> marked;   // panes that changed after rows over them were written
    std::vector<Timestamp> cleared;  // panes of which that is no longer so
    ViewProgress progress;
};

// Where the server keeps what it derives from raw events for its views: in a database of its own, so that
// views come and go without a change to the events' one. All of it can be made again from the raw events that
// are kept. Thread-safe. Calls fail with ErrorCode::storage, when the disk or a record is damaged.
class ViewStore {
  public:
    virtual ~ViewStore() = default;

    virtual Result<std::optional<ViewProgress>> progress(const std::string& view) = 0;
    // By their start, in [range.start, range.end), without empty ones.
    virtual Result<std::map<Timestamp, ViewGroups>> panes(const std::string& view, TimeRange range) = 0;
    // The first start of a pane at or after `from`.
    virtual Result<std::optional<Timestamp>> first_pane(const std::string& view, Timestamp from) = 0;
    // The first so many marked panes.
    virtual Result<std::vector<Timestamp>> marked(const std::string& view, std::size_t limit) = 0;
    virtual Result<std::optional<ViewWindow>> row(const std::string& view, Timestamp end) = 0;
    // Ascending by their end, in the range, at most `limit`.
    virtual Result<std::vector<ViewWindow>> rows(const std::string& view, TimeRange ends,
                                                 std::size_t limit) = 0;

    // Writes all of it in one atomic and durable write.
    virtual Result<void> put(std::span<const ViewChange> changes) = 0;
    // Panes that start (marked ones too), and rows that end, before `oldest` go.
    virtual Result<void> drop_before(const std::string& view, Timestamp oldest) = 0;
    // All of a view goes.
    virtual Result<void> drop(const std::string& view) = 0;
};

// Opens or makes the database in `folder`. ErrorCode::storage where that fails, also because it is open
// already.
Result<std::unique_ptr<ViewStore>> open_rocks_view_store(const std::filesystem::path& folder);

}  // namespace weir

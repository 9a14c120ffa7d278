#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "event/batch.h"

namespace weir {

// Reads back lines that were accepted once: the other direction of BatchDecoder, for scans. It trusts nothing
// it does not check: a line that is no longer an event is an error (ErrorCode::storage, "line-unreadable"),
// never skipped. Not thread-safe.
class StoredLineReader {
  public:
    explicit StoredLineReader(std::string group_by);
    ~StoredLineReader();
    StoredLineReader(StoredLineReader&&) noexcept;
    StoredLineReader& operator=(StoredLineReader&&) noexcept;
    // The event in one stored line. For csv the returned EventView::line is the JSON object that stands for
    // the record, with event_id and ts first and then the columns in the header's order, every value a
    // string. Valid until the next call.
    Result<EventView> read(LineFormat format, std::string_view csv_header, std::string_view line);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace weir

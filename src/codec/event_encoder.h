#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "codec/row_source.h"
#include "event/batch.h"

namespace weir {

// Writes rows as the event lines of one run:
//  ndjson: {"event_id":"<run>-000001","ts":"2026-11-24T00:15:53.123Z",<row.json>}\n
//  csv:    <run>-000001,2026-11-24T00:15:53.123Z,<row.csv>\n
// Cheap: nothing is allocated but what the body needs to grow. Not thread-safe.
class EventEncoder {
  public:
    // `run`: [A-Za-z0-9_.], so that it needs no escape in either form.
    EventEncoder(LineFormat format, std::string_view run);

    void append(std::string& body, std::uint64_t sequence, Timestamp ts, const Row& row);

    // What append adds beside the row, at most.
    [[nodiscard]] std::size_t most_added_bytes() const { return prefix_.size() + 64; }

  private:
    void set_time(Timestamp ts);

    LineFormat format_;
    std::string prefix_;           // up to the sequence: `{"event_id":"<run>-`
    std::int64_t second_;          // that time_ was written for
    std::array<char, 24> time_{};  // as append_rfc3339 writes it
};

}  // namespace weir

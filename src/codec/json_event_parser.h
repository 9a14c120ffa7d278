#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "codec/event_fields.h"

namespace weir {

// How many bytes behind a line must be readable for JsonEventParser. Their values do not matter.
constexpr std::size_t json_padding = 64;

// simdjson's own bound, which EventLimits::max_nesting_depth cannot exceed.
constexpr int max_json_depth = 1024;

// Reads one JSON event strictly: all of the line is one JSON object (RFC 8259, well-formed UTF-8, numbers of
// any size), none of whose field names stands twice. Reuses its buffers; not thread-safe.
class JsonEventParser {
  public:
    // `max_depth`: of objects and arrays that hold something (an empty one adds no depth), 1 to
    // max_json_depth.
    JsonEventParser(std::string group_by, int max_depth);
    ~JsonEventParser();

    // `line` must be followed by json_padding readable bytes. The fields stay valid until the next call.
    // Throws std::bad_alloc.
    bool parse(std::string_view line, const TimeBounds& bounds, EventFields& fields, Rejection& rejection);
    // The same without the quick look at flat objects that parse() begins with: its twin.
    bool parse_strictly(std::string_view line, const TimeBounds& bounds, EventFields& fields,
                        Rejection& rejection);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// A copy of a line with the padding that JsonEventParser wants. Reuses its memory.
class PaddedLine {
  public:
    std::string_view copy(std::string_view line);

  private:
    std::string bytes_;
};

}  // namespace weir

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/field_names.h"

namespace weir {

// What the fields of a line are, as far as an event needs them. Views into the line.
struct FlatEvent {
    std::optional<std::string_view> event_id;
    std::optional<std::string_view> ts_text;
    std::optional<std::int64_t> ts_number;
    std::optional<std::string_view> key;  // absent: there is no such field, or it is null
};

// A quick look at the lines that most sensors send: one flat JSON object, without escapes, whose fields are
// the same from line to line. It says yes only to what the strict parser accepts too, with the same fields;
// whatever it is not sure of is left to that (tests/codec/flat_event_test.cpp and a fuzzer hold the two
// against each other). Names and white space that are as in the line before are compared and not read again.
// Reuses its memory; not thread-safe.
class FlatEventScanner {
  public:
    explicit FlatEventScanner(std::string group_by) : group_by_(std::move(group_by)) {}

    // `line` must be followed by 16 readable bytes. False: not sure.
    bool scan(std::string_view line, FlatEvent& event);

  private:
    enum class Outcome { scanned, other_shape, unsure };
    enum Role : std::uint8_t { role_none = 0, role_event_id = 1, role_ts = 2, role_key = 4 };
    // The bytes in front of a value: `{"a":` of the first field, `, "b": ` of another.
    struct Lead {
        std::size_t offset = 0, length = 0;  // in leads_
        std::uint8_t roles = role_none;
    };
    struct Position {
        const char* at;
        const char* end;
    };

    Outcome scan_known(std::string_view line, FlatEvent& event);
    Outcome scan_anew(std::string_view line, FlatEvent& event);
    bool read_lead(Position& in, const char* start);
    bool read_value(Position& in, std::uint8_t roles, FlatEvent& event);
    bool read_text(Position& in, std::string_view& text);
    [[nodiscard]] std::uint8_t roles_of(std::string_view name) const;

    std::string group_by_;
    std::string leads_;         // of the last line that was read from its start
    std::vector<Lead> fields_;  // its fields
    FieldNames names_;
    bool ascii_ = true;         // of the strings and names seen in this line
    unsigned misses_ = 0;       // lines in a row it was not sure of
    unsigned passed_over_ = 0;  // lines it did not look at since, because of those
};

}  // namespace weir

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace weir {

// What a timestamp of line protocol counts since 1970-01-01T00:00:00Z.
enum class TimePrecision { nanoseconds, microseconds, milliseconds, seconds, minutes, hours };

// The `precision` of InfluxDB's write paths: ns (n), us (u), ms, s, m, h; "" is ns.
std::optional<TimePrecision> time_precision_from(std::string_view name);

// What beside the text decides which events a body of line protocol holds.
struct LineProtocolOptions {
    TimePrecision precision = TimePrecision::nanoseconds;
    std::string scope{};   // the database or bucket: equal points of two scopes are two
    std::string unique{};  // stands for no other body: names points that have no timestamp
};

// An instant as line protocol knows it: finer than a Timestamp. `rest` is below a millisecond.
struct FineTime {
    std::int64_t milliseconds = 0;  // rounded down
    std::uint32_t rest = 0;         // nanoseconds, 0 to 999'999
    bool operator==(const FineTime&) const = default;
};
FineTime fine_time(std::int64_t ticks, TimePrecision precision);

// Reads InfluxDB line protocol, point by point (InfluxDB OSS v1 and v2, "Line protocol reference"):
//
//     measurement[,tag=value…] field=value[,field=value…] [timestamp]
//
// A backslash escapes a comma or a space, in keys and tag values also an equals sign; anywhere else it is
// itself. Field values: 1.5 (float), 1i (64 bits, signed), 1u (64 bits, unsigned), t/T/true/True/TRUE and so
// on, "text" (with \" and \\; it may hold line breaks). Lines end in LF or CRLF; empty ones and those that
// begin with # are passed over. A line that is malformed ends at its first line break, so that a quote which
// nobody closed spoils no line but its own. Linear in the text's length. Not thread-safe.
class LineProtocolReader {
  public:
    enum class Step { point, malformed, end };

    explicit LineProtocolReader(std::string_view text) : text_(text) {}

    Step next();
    // Of the last point or malformed line:
    [[nodiscard]] std::uint64_t number() const { return number_; }  // of the line it begins on, from 1
    [[nodiscard]] std::string_view line() const { return line_; }   // without its line break
    // Of the last point. `content`: the line without its timestamp, which is what names the point with it.
    [[nodiscard]] std::string_view content() const { return content_; }
    [[nodiscard]] std::optional<std::int64_t> ticks() const { return ticks_; }
    // As members of a JSON object, without its braces: `"_measurement":"cpu","host":"a","usage":1.5`, in the
    // line's order. JSON if the line is UTF-8. Names are not checked for standing twice.
    [[nodiscard]] const std::string& members() const { return members_; }
    // Of the last malformed line: what is wrong, for a person.
    [[nodiscard]] std::string_view problem() const { return problem_; }

  private:
    bool begin_line();
    bool read_point();
    bool read_tags();
    bool read_fields();
    bool read_value();
    bool read_string();
    bool read_word(std::string_view word);
    bool read_timestamp();
    // Appends the unescaped text up to one of `ends` (or the line's end) to unescaped_; `escapable` may
    // follow a backslash.
    void read_name(std::string_view ends, std::string_view escapable);
    bool malformed(std::string_view problem);
    void add_member_name();
    void skip_spaces();
    [[nodiscard]] bool at_end_of_line() const;

    std::string_view text_;
    std::size_t at_ = 0;
    std::uint64_t next_number_ = 1;
    std::uint64_t number_ = 0;
    std::string_view line_, content_, problem_;
    std::optional<std::int64_t> ticks_;
    std::string members_, unescaped_;
};

}  // namespace weir

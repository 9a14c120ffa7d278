#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir {

using Duration = std::chrono::milliseconds;

// A point in UTC time: int64 milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

// A half-open range of time, [start, end).
struct TimeRange {
    Timestamp start;
    Timestamp end;

    [[nodiscard]] bool contains(Timestamp t) const { return start <= t && t < end; }
    bool operator==(const TimeRange&) const = default;
};

[[nodiscard]] constexpr Timestamp timestamp_from_ms(std::int64_t ms) {
    return Timestamp{Duration{ms}};
}
[[nodiscard]] constexpr std::int64_t to_ms(Timestamp t) {
    return t.time_since_epoch().count();
}

// The years that RFC 3339 can write: [0000-01-01, 9999-12-31T23:59:59.999].
constexpr Timestamp min_timestamp = timestamp_from_ms(-62'167'219'200'000);
constexpr Timestamp max_timestamp = timestamp_from_ms(253'402'300'799'999);

// Reads an RFC 3339 UTC time: `2026-11-24T00:15:53.123Z`; `T` and `Z` may be lower case, `+00:00` stands for
// Z, the fraction may have 1 to 9 digits or be absent and is cut to milliseconds. A leap second (:60),
// another offset, a date that does not exist and anything around it are refused (reason "ts-invalid", or
// "ts-not-utc" for an offset).
Result<Timestamp> parse_rfc3339(std::string_view text);

// As parse_rfc3339, or an integer of epoch milliseconds ("1790000000000"). For flags and query parameters.
Result<Timestamp> parse_timestamp(std::string_view text);

// `2026-11-24T00:15:53.123Z`, always with milliseconds: 24 bytes for the years 0000 to 9999 (others are
// clamped).
std::string format_rfc3339(Timestamp t);

// Appends what format_rfc3339 returns.
void append_rfc3339(std::string& out, Timestamp t);

// Reads `250ms`, `60s`, `5m`, `2h`, `7d`: a non-negative decimal integer and a unit (reason
// "duration-invalid").
Result<Duration> parse_duration(std::string_view text);

// The shortest form that parse_duration reads back: 300000 ms is `5m`.
std::string format_duration(Duration d);

}  // namespace weir

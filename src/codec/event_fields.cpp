#include "codec/event_fields.h"

#include <fmt/format.h>

#include "base/text.h"
#include "codec/text_excerpt.h"

namespace weir {
namespace {

bool check_bounds(Timestamp ts, const TimeBounds& bounds, Rejection& rejection) {
    if (ts >= bounds.oldest && ts <= bounds.newest) return true;
    if (ts > bounds.newest)
        return reject(
            rejection, RejectReason::ts_in_future,
            fmt::format("ts is {}; at most {} was expected (the present and the allowed clock skew)",
                        format_rfc3339(ts), format_rfc3339(bounds.newest)));
    return reject(rejection, RejectReason::ts_too_old,
                  fmt::format("ts is {}; at least {} was expected (older events are not kept)",
                              format_rfc3339(ts), format_rfc3339(bounds.oldest)));
}

}  // namespace

bool reject(Rejection& rejection, RejectReason reason, std::string message) {
    rejection = {reason, std::move(message)};
    return false;
}

TimeBounds time_bounds(Timestamp now, Duration retention, Duration future_skew) {
    TimeBounds bounds;
    if (retention < now - min_timestamp) bounds.oldest = now - retention;
    if (future_skew < max_timestamp - now) bounds.newest = now + future_skew;
    return bounds;
}

bool check_event_id(std::string_view value, Rejection& rejection) {
    if (is_valid_id(value)) return true;
    return reject(
        rejection, RejectReason::event_id_invalid,
        fmt::format(
            "event_id is {} ({} bytes); 1 to {} printable ASCII characters without space were expected",
            excerpt(value), value.size(), max_event_id_bytes));
}

bool read_ts(std::string_view value, const TimeBounds& bounds, Timestamp& ts, Rejection& rejection) {
    const auto parsed = parse_timestamp(value);
    if (!parsed)
        return reject(
            rejection, RejectReason::ts_invalid,
            fmt::format(
                "ts is {}; an RFC 3339 time in UTC such as 2026-11-24T00:15:53.123Z, or milliseconds since "
                "1970, was expected",
                excerpt(value)));
    ts = *parsed;
    return check_bounds(ts, bounds, rejection);
}

bool read_ts(std::int64_t milliseconds, const TimeBounds& bounds, Timestamp& ts, Rejection& rejection) {
    ts = timestamp_from_ms(milliseconds);
    if (ts < min_timestamp || ts > max_timestamp)
        return reject(
            rejection, RejectReason::ts_invalid,
            fmt::format("ts is {}; milliseconds since 1970 within the years 0000 to 9999 were expected",
                        milliseconds));
    return check_bounds(ts, bounds, rejection);
}

bool read_key(std::string_view value, std::string_view group_by, std::string_view& key,
              Rejection& rejection) {
    key = value.empty() ? blank_key : value;
    if (key.size() <= max_key_bytes) return true;
    return reject(rejection, RejectReason::key_too_long,
                  fmt::format("{} is {} ({} bytes); at most {} bytes were expected", excerpt(group_by),
                              excerpt(value), value.size(), max_key_bytes));
}

}  // namespace weir

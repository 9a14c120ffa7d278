#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "event/event.h"
#include "event/reject_reason.h"

namespace weir {

// What makes a line an event, whatever form it came in; the views are valid as long as what they were read
// from.
struct EventFields {
    std::string_view event_id;
    Timestamp ts;
    std::string_view key;
};

// Why a line is no event, for a program and for a person: the field, what was found, what was expected.
struct Rejection {
    RejectReason reason = RejectReason::json_invalid;
    std::string message;
};

// The times that an event may have, both included.
struct TimeBounds {
    Timestamp oldest = min_timestamp;
    Timestamp newest = max_timestamp;
};

// [now - retention, now + future_skew], within the years that can be written.
TimeBounds time_bounds(Timestamp now, Duration retention, Duration future_skew);

// The checks that JSON and CSV share. Each returns whether the value is good; if not, `rejection` says why,
// and only then is memory allocated.
bool check_event_id(std::string_view value, Rejection& rejection);
// RFC 3339 in UTC, or a decimal integer of milliseconds.
bool read_ts(std::string_view value, const TimeBounds& bounds, Timestamp& ts, Rejection& rejection);
bool read_ts(std::int64_t milliseconds, const TimeBounds& bounds, Timestamp& ts, Rejection& rejection);
// Takes "" for blank_key.
bool read_key(std::string_view value, std::string_view group_by, std::string_view& key, Rejection& rejection);

bool reject(Rejection& rejection, RejectReason reason, std::string message);  // always false

}  // namespace weir

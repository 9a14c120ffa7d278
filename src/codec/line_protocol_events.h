#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "codec/composed_events.h"
#include "codec/line_protocol.h"

namespace weir {

// Writes each point of `body` as an event:
//     {"event_id":"lp_<hash>","ts":"…","_measurement":"cpu","host":"a","usage":1.5}
// ts: its timestamp (with all its digits below a second), or `now` where it has none. event_id: from its
// scope, content and timestamp, so that the same point is the same event in whichever body it comes; without
// a timestamp from `unique` and the line's number. `timeless`: set if a point had no timestamp.
Result<void> compose_line_protocol(std::string_view body, const LineProtocolOptions& options, Timestamp now,
                                   std::size_t max_line_bytes, ComposedEvents& events, bool& timeless);

}  // namespace weir

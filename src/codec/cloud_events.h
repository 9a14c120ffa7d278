#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "codec/composed_events.h"

namespace weir {

// CloudEvents 1.0 (CloudEvents, version 1.0.2: the specification, "JSON Event Format" and "HTTP Protocol
// Binding"). Each is written as an event:
//     {"event_id":"ce_<hash>","ts":"…","ce_specversion":"1.0","ce_id":"…","ce_source":"…","ce_type":"…",…}
// event_id: made from source and id, which together name the event. ts: its time (any offset, brought to
// UTC), or `now` where it has none. The members of `data` stand beside the attributes, which are called ce_…;
// data that is no object is the member `data`, binary data `data_base64`, as it came. An attribute that is
// null is absent.
// `many`: `body` is an array of events, else it is one. A body that is not is refused whole
// (ErrorCode::invalid, "json-invalid"); an element that is no CloudEvent is rejected alone.
Result<void> compose_cloudevents(std::string_view body, bool many, Timestamp now, std::size_t max_line_bytes,
                                 ComposedEvents& events);

// The binary content mode brought to the structured one. `attributes`: the values of the headers ce-… (names
// in lower case, without ce-), already decoded. `content_type` says what `data` is: JSON (the default, also
// …+json), text (UTF-8), or bytes. Fails with ErrorCode::invalid ("json-invalid") where it should be JSON and
// is not one value.
Result<std::string> structured_cloudevent(const std::map<std::string, std::string>& attributes,
                                          std::string_view content_type, std::string_view data);

}  // namespace weir

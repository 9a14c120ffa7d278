#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "codec/line_protocol.h"
#include "event/batch.h"

namespace weir {

enum class MediaType { ndjson, json, csv, line_protocol, cloudevent, cloudevents };

// What an event may be. All limits are checked for every line; a line over one is rejected, never the batch.
struct EventLimits {
    Duration future_skew{std::chrono::seconds{60}};  // ts > now + future_skew: ts_in_future
    Duration retention{std::chrono::hours{24 * 7}};  // ts < now - retention: ts_too_old
    std::size_t max_line_bytes = 1U << 20U;
    int max_nesting_depth = 64;  // of objects and arrays in a line (empty ones add none); at most 1024
    std::size_t max_lines =
        1'000'000;  // of a batch: more refuses it whole (ErrorCode::too_large, "too-many-lines")
    std::size_t max_rejected =
        100'000;  // of a batch: more refuses it whole (ErrorCode::too_large, "too-many-rejected")
    bool hash_foreign_ids = false;  // fill Batch::foreign_ids
};

struct DecodeRequest {
    MediaType media = MediaType::ndjson;
    std::string batch_id;  // empty: made from the content ("h-" and its hash), so that the same body is the
                           // same batch
    std::string body;      // decompressed
    Timestamp now;         // when it was received
    std::string source;
    LineProtocolOptions lines{};  // of line_protocol
    std::string frames{};  // the zstd frames that `body` was unpacked from, if it was: see Batch::frames
};

// Turns one body into a Batch: every line becomes an event or a dead letter, and none can harm another.
//  ndjson: lines end in LF or CRLF; empty lines (only spaces, tabs, CR) are numbered, but are no lines of the
//  batch. json:   an array of objects, or one object. A body that is not is refused whole
//  (ErrorCode::invalid, "json-invalid"). An element that is
//          JSON but no event is rejected alone. Line numbers are element numbers from 1. An element that
//          spans several lines is kept without the white space between its tokens, on one line.
//  csv:    RFC 4180 with a header; event_id and ts must be columns (else refused whole:
//  "csv-header-invalid"). Line numbers are those of the
//          line on which a record begins; the header is on line 1. An empty event_id or ts is a missing one.
//  line_protocol: see line_protocol_events.h. A point may span several lines; its number is the first one's.
//  The batch is named by LineProtocolOptions::unique where a point has no timestamp: the same body sent twice
//  then holds other points.
//  cloudevent, cloudevents: one CloudEvent, or an array of them, in JSON: see cloud_events.h. As for json, a
//  body that is not is refused whole, and line numbers are element numbers.
// A byte-order mark at the start is skipped. An empty body is a batch without events; one of 4 GiB or more is
// refused ("body-too-large"). Keys: a missing group-by field (or column), null or "" counts under blank_key.
// Field names are compared byte for byte. ts: RFC 3339 in UTC, or an integer of milliseconds, in JSON also as
// a string (so that exported CSV events can be sent again). A line is checked for its length, its syntax and
// encoding, being an object, its field names, event_id, ts and key, in this order; the first thing found
// wrong is its reason. Memory stays within a small multiple of the body, but for DeadLetter records (some 300
// bytes each beside the line). Not thread-safe: one decoder a thread (it reuses its buffers).
class BatchDecoder {
  public:
    BatchDecoder(std::string group_by, EventLimits limits);
    ~BatchDecoder();
    Result<Batch> decode(DecodeRequest request);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace weir

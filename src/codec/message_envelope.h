#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "codec/batch_decoder.h"
#include "codec/compression.h"

namespace weir {

// What a queue or stream carries as one message.
//  text:   characters only (SQS: #x9 #xA #xD #x20-#xD7FF #xE000-#xFFFD #x10000-#x10FFFF, Developer Guide,
//  "Message
//          quotas"): an encoded body is base64
//  binary: any bytes (Kinesis)
enum class MessageForm { text, binary };

// One batch as one message: an envelope line, then the body.
//     {"weir":1,"batch_id":"r7f3-b12","content_type":"application/x-ndjson","content_encoding":"zstd"}\n<body>
// content_encoding is absent for a body that is not encoded, `sent` in all but a message that is sent again
// for somebody else: `weir dead-letters replay` writes `"sent":"2026-11-24T00:15:53.123Z"` (RFC 3339), when
// the message came first, so that its events are judged and stored as they were then. The members may stand
// in any order but `weir`, which comes first and tells an envelope from an event; unknown members are
// ignored.
struct MessageEnvelope {
    std::string batch_id;
    std::string content_type;      // application/x-ndjson, application/json or text/csv
    std::string content_encoding;  // zstd, gzip or empty
    std::optional<Timestamp> sent = std::nullopt;
};

// The longest envelope line that is read, without its line break.
constexpr std::size_t max_envelope_bytes = 4096;

// `body` is encoded as the envelope says. A plain body with a character that the form cannot carry is sent as
// zstd: the batch, its content and its verdict stay the same. The same batch always makes the same message.
std::string write_message(const MessageEnvelope& envelope, std::string_view body, MessageForm form);

// A message as BatchDecoder takes it.
struct Message {
    std::string batch_id;  // empty without an envelope: the message's own id stands for it
    MediaType media = MediaType::ndjson;
    std::string body;               // decompressed
    std::optional<Timestamp> sent;  // as the envelope says
};

// Reads a message with an envelope, or what any other program may send: one JSON event (also over several
// lines), a JSON array of events, or NDJSON. Fails as a whole, with ErrorCode::invalid: "message-empty",
// "message-not-json" (it begins with neither an object nor an array), "envelope-invalid", "base64-invalid",
// and what the decompression says; with ErrorCode::unsupported: "envelope-version", "media-type-unsupported",
// "encoding-unsupported". Lines that are no events are not looked at here: they are the decoder's.
// Thread-safe.
Result<Message> read_message(std::string_view message, MessageForm form, const DecompressionLimits& limits);

}  // namespace weir

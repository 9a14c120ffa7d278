#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "codec/batch_decoder.h"
#include "http/message.h"
#include "server/problem.h"

namespace weir {

enum class Encoding { identity, zstd, gzip };

// What the head of a POST /v1/events says of its body. Read before the body is, and again when it is there.
struct IngestHead {
    MediaType media = MediaType::ndjson;
    Encoding encoding = Encoding::identity;
    std::string batch_id;          // empty: to be made from the content
    bool reject_on_error = false;  // store nothing if any line is bad
    LineProtocolOptions lines;     // of line_protocol
    // A CloudEvent in the binary content mode: its attributes, and what the body is.
    std::optional<std::map<std::string, std::string>> cloudevent;
    std::string content_type;
};

// The problem is the answer to a head that cannot be used.
tl::expected<IngestHead, Problem> read_ingest_head(const http::RequestHead& head);

// The Idempotency-Key and the Content-Encoding, which every path takes.
std::optional<Problem> read_batch_headers(const http::Headers& headers, IngestHead& out);

constexpr std::string_view accepted_media_types =
    "application/x-ndjson, application/json, text/csv, application/cloudevents+json, "
    "application/cloudevents-batch+json";
constexpr std::string_view accepted_encodings = "zstd, gzip, identity";

}  // namespace weir

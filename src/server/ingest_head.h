#pragma once

#include <string>

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
};

// The problem is the answer to a head that cannot be used.
tl::expected<IngestHead, Problem> read_ingest_head(const http::RequestHead& head);

constexpr std::string_view accepted_media_types = "application/x-ndjson, application/json, text/csv";
constexpr std::string_view accepted_encodings = "zstd, gzip, identity";

}  // namespace weir

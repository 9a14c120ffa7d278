#pragma once

#include <span>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "event/verdict.h"
#include "http/message.h"
#include "server/ingest_head.h"
#include "server/problem.h"

namespace weir {

// How events are sent on one path: what its requests say of their bodies, who may send, and what its clients
// expect as answers. All else (limits, decoding, committing) is the same on every path.
struct IngestDialect {
    std::string_view path;
    std::vector<std::string_view> parameters;
    tl::expected<IngestHead, Problem> (*read_head)(const http::RequestHead& head);
    bool (*is_authorized)(const http::RequestHead& head, std::string_view token);
    http::Response (*problem)(const Problem& problem);
    http::Response (*verdict)(const Verdict& verdict);
};

// All paths that take events; the first is /v1/events.
std::span<const IngestDialect> ingest_dialects();
const IngestDialect* ingest_dialect_of(std::string_view path);  // null: no such path

}  // namespace weir

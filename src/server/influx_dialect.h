#pragma once

#include <string_view>

#include <tl/expected.hpp>

#include "event/verdict.h"
#include "http/message.h"
#include "server/ingest_head.h"
#include "server/problem.h"
#include "server/router.h"

namespace weir {

// InfluxDB's two write paths (InfluxDB OSS, "API reference": POST /write of v1, POST /api/v2/write of v2),
// for clients that speak nothing else. What db, rp, bucket and org name is not looked at but tells equal
// points apart. Content-Type says nothing there and is not looked at either.

tl::expected<IngestHead, Problem> read_influx1_head(const http::RequestHead& head);
tl::expected<IngestHead, Problem> read_influx2_head(const http::RequestHead& head);

// Beside `Bearer TOKEN` also `Token TOKEN`, `Basic` with the token as its password, and `?p=TOKEN`.
bool is_influx_authorized(const http::RequestHead& head, std::string_view token);

// 204; or 400 with how many lines were dropped, which clients take as "do not send again".
http::Response influx1_verdict(const Verdict& verdict);  // {"error":"partial write: …"}
http::Response influx2_verdict(const Verdict& verdict);  // {"code":"invalid","message":"partial write: …"}
http::Response influx1_problem(const Problem& problem);
http::Response influx2_problem(const Problem& problem);

// GET /ping: what clients ask before they write. Wants no token.
void add_influx_routes(Router& router);
bool is_influx_ping(std::string_view path);

}  // namespace weir

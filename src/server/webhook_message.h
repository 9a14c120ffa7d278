#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "event/aggregate_row.h"
#include "http/client.h"

namespace weir {

// Where rows are pushed: a URL taken apart. It is the operator's, never a sender's of events; no redirect is
// followed, and nothing of an answer is used but its status and Retry-After.
struct WebhookTarget {
    http::Url url;       // without a path
    std::string target;  // path and query, as they stand in the URL
};
// As http::parse_url, but a path keeps its last slash and a query is taken.
Result<WebhookTarget> parse_webhook_url(const std::string& text);

// The key of a secret as Standard Webhooks writes it: `whsec_` and 24 to 64 bytes in base64 (reason
// "webhook-secret", ErrorCode::usage; the message does not hold the secret).
Result<std::string> parse_webhook_secret(std::string_view text);

// Names one content of one row: `county-5m.1795479300000.0`, with `.final` behind it once the row is final.
// The same for every try, also after a restart.
std::string webhook_id(const AggregateRow& row);

// {"type":"window.closed","timestamp":"…","data":<row>}; a row that was rewritten (revision > 0) is
// "window.revised". The same bytes for every try. `timestamp` is the row's computed_at.
std::string webhook_body(const AggregateRow& row);

// One delivery by Standard Webhooks 1.0 (standard-webhooks.md, "Signature scheme"): the headers webhook-id,
// webhook-timestamp (of this try, in seconds) and, with a key, webhook-signature: "v1," and base64 of
// HMAC-SHA256 over "<id>.<timestamp>.<body>". Idempotency-Key is the id. `body` must outlive it.
http::ClientRequest webhook_request(const WebhookTarget& target, const std::string& id, std::string_view body,
                                    std::string_view key, Timestamp now);

}  // namespace weir

#include "server/webhook_message.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "aws/digest.h"
#include "base/base64.h"
#include "base/version.h"
#include "codec/json_rows.h"

namespace weir {
namespace {

constexpr std::string_view secret_prefix = "whsec_";
constexpr std::size_t least_key_bytes = 24, most_key_bytes = 64;

}  // namespace

Result<WebhookTarget> parse_webhook_url(const std::string& text) {
    const std::size_t scheme = text.find("://");
    const std::size_t host = scheme == std::string::npos ? 0 : scheme + 3;
    const std::size_t path = std::min(text.find_first_of("/?#", host), text.size());
    WebhookTarget out;
    auto url = http::parse_url(text.substr(0, path));
    if (!url) return fail(std::move(url).error());
    out.url = *std::move(url);
    out.target = text.substr(path);
    if (!out.target.starts_with('/')) out.target.insert(0, "/");
    for (const char c : out.target)
        if (c <= ' ' || c >= 0x7f || c == '#')
            return fail(ErrorCode::usage, "url-invalid",
                        "the path or query of the webhook's URL holds a character that must be escaped, or a "
                        "fragment",
                        "write https://host/path");
    return out;
}

Result<std::string> parse_webhook_secret(std::string_view text) {
    const auto key =
        text.starts_with(secret_prefix) ? base64_decode(text.substr(secret_prefix.size())) : std::nullopt;
    if (key && key->size() >= least_key_bytes && key->size() <= most_key_bytes) return *key;
    return fail(ErrorCode::usage, "webhook-secret",
                fmt::format("the webhook secret is not {} and {} to {} bytes in base64", secret_prefix,
                            least_key_bytes, most_key_bytes),
                "make one: echo \"whsec_$(head -c 32 /dev/urandom | base64)\"");
}

std::string webhook_id(const AggregateRow& row) {
    return fmt::format("{}.{}.{}{}", row.view, to_ms(row.window_end), row.revision,
                       row.final ? ".final" : "");
}

std::string webhook_body(const AggregateRow& row) {
    return fmt::format(R"({{"type":"window.{}","timestamp":"{}","data":{}}})",
                       row.revision == 0 ? "closed" : "revised", format_rfc3339(row.computed_at),
                       to_json(row));
}

http::ClientRequest webhook_request(const WebhookTarget& target, const std::string& id, std::string_view body,
                                    std::string_view key, Timestamp now) {
    const std::int64_t seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    http::ClientRequest request;
    request.method = "POST";
    request.target = target.target;
    request.body = body;
    request.headers.add("Content-Type", "application/json");
    request.headers.add("User-Agent", fmt::format("weir/{}", version()));
    request.headers.add("Idempotency-Key", id);
    request.headers.add("webhook-id", id);
    request.headers.add("webhook-timestamp", std::to_string(seconds));
    if (!key.empty())
        request.headers.add(
            "webhook-signature",
            "v1," + base64_encode(aws::hmac_sha256(key, fmt::format("{}.{}.{}", id, seconds, body))));
    return request;
}

}  // namespace weir

#include "aws/credential_request.h"

#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "aws/json_call.h"
#include "aws/retry.h"

namespace weir::aws {
namespace {

bool is_worth_another(const Result<http::Response>& response) {
    if (!response) return response.error().code == ErrorCode::unreachable;
    // STS says with a 400 that it could not reach the identity provider.
    return response->status >= 500 || response->status == 429 ||
           response->body.find("IDPCommunicationError") != std::string::npos;
}

}  // namespace

Result<http::Response> request_credentials(const SourceContext& context, const http::Url& url,
                                           const http::ClientRequest& request, const SendLimits& limits,
                                           unsigned attempts) {
    for (unsigned attempt = 1;; ++attempt) {
        auto response = context.sender->send(url, request, limits);
        if (attempt >= attempts || !is_worth_another(response)) return response;
        context.clock.sleep_until(context.clock.steady_now() +
                                  retry_delay(RetryKind::throttle, attempt, context.random(), std::nullopt));
    }
}

Result<Credentials> read_credentials(const std::string& json, const std::string& source) {
    const auto invalid = [&](std::string_view why) {
        return fail(ErrorCode::unauthorized, "credentials-invalid",
                    fmt::format("the answer of {} holds no credentials: {}", source, why));
    };
    const auto body = read_json(json);
    if (!body || !body->is_object()) return invalid("it is no JSON object");
    Credentials credentials{text_member(*body, "AccessKeyId"),
                            text_member(*body, "SecretAccessKey"),
                            text_member(*body, "Token"),
                            {},
                            source};
    if (credentials.session_token.empty()) credentials.session_token = text_member(*body, "SessionToken");
    if (credentials.access_key.empty() || credentials.secret_key.empty())
        return invalid("AccessKeyId or SecretAccessKey is missing");
    const std::string expiration = text_member(*body, "Expiration");
    if (expiration.empty()) return credentials;
    const auto expires = parse_rfc3339(expiration);
    if (!expires) return invalid("Expiration is no UTC time: " + expiration);
    credentials.expires = *expires;
    return credentials;
}

Result<std::string> read_token_file(const std::string& path) {
    std::ifstream file{path};
    std::string token{std::istreambuf_iterator<char>{file}, {}};
    token.erase(token.find_last_not_of(" \t\r\n") + 1);
    if (!token.empty()) return token;
    return fail(ErrorCode::unauthorized, "token-file-missing",
                fmt::format("the token file {} cannot be read or is empty", path));
}

}  // namespace weir::aws

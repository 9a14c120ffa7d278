#include "lambda/runtime_api.h"

#include <charconv>
#include <memory>

#include <fmt/format.h>

#include "base/json_string.h"
#include "base/text.h"

namespace weir::lambda {
namespace {

constexpr std::string_view api_version = "/2018-06-01";

http::ClientOptions client_options() {
    http::ClientOptions options;
    options.timeout = std::chrono::hours{24 * 365};  // `next` waits for as long as nobody calls
    return options;
}

tl::unexpected<Error> unexpected_status(const http::Response& response, std::string_view request) {
    constexpr std::size_t most_shown = 200;
    return fail(
        ErrorCode::refused, fmt::format("status-{}", response.status),
        fmt::format("the Lambda Runtime API answered {} with {} {}: {}", request, response.status,
                    http::reason_phrase(response.status), printable(response.body.substr(0, most_shown))));
}

Timestamp deadline_of(const http::Headers& headers) {
    const std::string_view text = headers.get("Lambda-Runtime-Deadline-Ms").value_or("");
    std::int64_t ms = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
    const bool valid =
        error == std::errc{} && end == text.data() + text.size() && ms > 0 && ms < to_ms(max_timestamp);
    return valid ? timestamp_from_ms(ms) : max_timestamp;
}

}  // namespace

std::string to_error_json(const Error& error) {
    const std::string text = error.hint.empty() ? error.message : error.message + "; " + error.hint;
    return fmt::format(R"({{"errorMessage":{},"errorType":{},"stackTrace":[]}})", json_string(text),
                       json_string(error.reason));
}

RuntimeApi::RuntimeApi(http::Url url)
    : client_(std::make_unique<http::Client>(std::move(url), client_options())) {}

Result<RuntimeApi> RuntimeApi::at(const std::string& address) {
    auto url = http::parse_url("http://" + address + std::string(api_version));
    if (!url)
        return fail(
            ErrorCode::usage, "runtime-api-invalid",
            fmt::format("AWS_LAMBDA_RUNTIME_API is '{}'; host:port was expected", printable(address)));
    return RuntimeApi(*std::move(url));
}

Result<Invocation> RuntimeApi::next() {
    auto response = client_->send({.method = "GET", .target = "/runtime/invocation/next"});
    if (!response) return fail(std::move(response).error());
    if (response->status != 200) return unexpected_status(*response, "next");
    Invocation invocation;
    invocation.request_id = response->headers.get("Lambda-Runtime-Aws-Request-Id").value_or("");
    if (invocation.request_id.empty())
        return fail(ErrorCode::invalid, "request-id-missing",
                    "the Lambda Runtime API gave an invocation without Lambda-Runtime-Aws-Request-Id");
    invocation.deadline = deadline_of(response->headers);
    invocation.payload = std::move(response->body);
    return invocation;
}

Result<void> RuntimeApi::respond(const std::string& request_id, std::string_view answer) {
    return post(fmt::format("/runtime/invocation/{}/response", http::percent_encode(request_id)), answer, {});
}

Result<void> RuntimeApi::fail_invocation(const std::string& request_id, const Error& error) {
    return post(fmt::format("/runtime/invocation/{}/error", http::percent_encode(request_id)),
                to_error_json(error), error.reason);
}

Result<void> RuntimeApi::fail_init(const Error& error) {
    return post("/runtime/init/error", to_error_json(error), error.reason);
}

Result<void> RuntimeApi::post(const std::string& path, std::string_view body, const std::string& error_type) {
    http::ClientRequest request{.method = "POST", .target = path, .body = body};
    request.headers.add("Content-Type", "application/json");
    if (!error_type.empty())
        request.headers.add("Lambda-Runtime-Function-Error-Type", "Function." + error_type);
    auto response = client_->send(request);
    if (!response) return fail(std::move(response).error());
    if (response->status < 200 || response->status > 299) return unexpected_status(*response, path);
    return {};
}

}  // namespace weir::lambda

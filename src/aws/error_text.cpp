#include "aws/error_text.h"

#include <fmt/format.h>

#include "http/characters.h"

namespace weir::aws {
namespace {

std::string after_attempts(std::uint32_t attempts) {
    return attempts > 1 ? fmt::format(" after {} attempts", attempts) : std::string{};
}

// IAM's actions are not always called as the API's operations are.
std::string action_of(const CallContext& context) {
    std::string_view name = context.operation;
    if (name == "SendMessageBatch") name = "SendMessage";
    if (name == "Invoke") name = "InvokeFunction";
    return fmt::format("{}:{}", context.service, name);
}

std::string hint_for_identity(const CallContext& context, const ServiceError& error) {
    if (is_expired_token(error))
        return fmt::format("the credentials ({}) have expired: renew them", context.credentials);
    if (error.code.starts_with("AccessDenied") || error.status == 401 ||
        error.message.find("not authorized") != std::string::npos)
        return fmt::format("allow {} in the IAM policy of these credentials ({})", action_of(context),
                           context.credentials);
    if (error.code.find("ignature") != std::string::npos)
        return fmt::format("check the secret key ({}) and this machine's clock", context.credentials);
    return fmt::format("check the access key ({}): AWS does not take it in {}", context.credentials,
                       context.region);
}

std::string hint_for(const CallContext& context, const ServiceError& error) {
    switch (kind_of(error)) {
        case ErrorCode::unauthorized:
            return hint_for_identity(context, error);
        case ErrorCode::not_found:
            return fmt::format("check its name and the region ({}), and that the stack is deployed there",
                               context.region);
        case ErrorCode::overloaded:
            return "send more slowly, or raise what AWS lets through";
        case ErrorCode::unavailable:
            return "try again later; see https://health.aws.amazon.com";
        case ErrorCode::too_large:
            return "send less at once";
        default:
            return {};
    }
}

}  // namespace

std::string operation_of(const Service& service, const Request& request) {
    for (const auto& [name, value] : request.headers)
        if (http::equal_without_case(name, "X-Amz-Target")) return value.substr(value.find('.') + 1);
    constexpr std::string_view action = "Action=";
    if (request.body.starts_with(action))
        return request.body.substr(action.size(), request.body.find('&') - action.size());
    if (service.name == "lambda" && request.path.ends_with("/invocations")) return "Invoke";
    return request.method + " " + request.path;
}

Error error_of(const CallContext& context, const ServiceError& error, const std::string& request_id) {
    return {kind_of(error), error.code,
            fmt::format("{} {} failed{} with {}: {}{}", context.service, context.operation,
                        after_attempts(context.attempts), error.code, error.message,
                        request_id.empty() ? "" : fmt::format(" (request id {})", request_id)),
            hint_for(context, error)};
}

Error error_of(const CallContext& context, const Error& connection) {
    Error error = connection;
    error.message = fmt::format("{} {} failed{}: {}", context.service, context.operation,
                                after_attempts(context.attempts), connection.message);
    if (error.reason == "connect-failed" || error.reason == "timeout")
        error.hint = fmt::format("check the network, the region ({}) and the endpoint", context.region);
    if (error.reason == "certificate-invalid")
        error.hint = "check the endpoint; for an authority of your own set AWS_CA_BUNDLE to its certificate";
    if (error.reason == "answer-invalid") error.hint = "see whether the endpoint is that of AWS";
    return error;
}

}  // namespace weir::aws

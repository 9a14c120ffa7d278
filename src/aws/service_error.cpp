#include "aws/service_error.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "aws/json_call.h"
#include "aws/xml.h"

namespace weir::aws {
namespace {

template <std::size_t n>
bool is_one_of(const std::array<std::string_view, n>& codes, std::string_view code) {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

// botocore's retries/standard.py
constexpr std::array<std::string_view, 13> throttles{
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "SlowDown",
    "EC2ThrottledException",
};
constexpr std::array<std::string_view, 4> transients{"RequestTimeout", "RequestTimeoutException",
                                                     "PriorRequestNotComplete", "IDPCommunicationError"};
constexpr std::array<std::string_view, 3> expired_tokens{"ExpiredToken", "ExpiredTokenException",
                                                         "TokenRefreshRequired"};
constexpr std::array<std::string_view, 6> skews{"RequestTimeTooSkewed",  "RequestExpired",
                                                "RequestInTheFuture",    "InvalidSignatureException",
                                                "SignatureDoesNotMatch", "AuthFailure"};
constexpr std::array<std::string_view, 13> refusals_of_identity{
    "AccessDenied",
    "AccessDeniedException",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidAccessKeyId",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidToken",
    "KMSAccessDeniedException",
    "KmsAccessDenied",
    "OptInRequired",
};
constexpr std::array<std::string_view, 5> missing{"ResourceNotFoundException", "QueueDoesNotExist",
                                                  "AWS.SimpleQueueService.NonExistentQueue", "NoSuchKey",
                                                  "NoSuchBucket"};
constexpr std::array<std::string_view, 7> conflicts{
    "ConditionalCheckFailedException",      "TransactionConflictException", "TransactionCanceledException",
    "IdempotentParameterMismatchException", "ResourceInUseException",       "ResourceConflictException",
    "ReplicatedWriteConflictException"};
constexpr std::array<std::string_view, 4> oversizes{"BatchRequestTooLong", "RequestTooLargeException",
                                                    "RequestEntityTooLargeException",
                                                    "ItemCollectionSizeLimitExceededException"};

// "com.amazonaws.dynamodb.v20120810#X" and "X:http://…" are X.
std::string bare_code(std::string_view code) {
    const std::size_t hash = code.find('#');
    if (hash != std::string_view::npos) code.remove_prefix(hash + 1);
    return std::string{code.substr(0, code.find(':'))};
}

void read_json_error(const nlohmann::json& body, ServiceError& error) {
    for (const char* const name : {"__type", "code", "Code"})
        if (error.code.empty()) error.code = bare_code(text_member(body, name));
    for (const char* const name : {"message", "Message", "errorMessage"})
        if (error.message.empty()) error.message = text_member(body, name);
}

void read_xml_error(const XmlElement& root, ServiceError& error) {
    const XmlElement* const found = root.name == "Error" ? &root : root.find("Error");
    if (found == nullptr) return;
    if (error.code.empty()) error.code = found->text_of("Code");
    error.message = found->text_of("Message");
}

}  // namespace

ServiceError read_service_error(const http::Response& response) {
    ServiceError error;
    error.status = response.status;
    if (const auto type = response.headers.get("x-amzn-errortype")) error.code = bare_code(*type);
    if (const auto body = read_json(response.body); body && body->is_object())
        read_json_error(*body, error);
    else if (const auto root = read_xml(response.body))
        read_xml_error(*root, error);
    if (error.code.empty()) error.code = fmt::format("HTTP {}", error.status);
    if (error.message.empty()) error.message = std::string{http::reason_phrase(error.status)};
    return error;
}

bool is_throttle(const ServiceError& error) {
    return error.status == 429 || is_one_of(throttles, error.code);
}

bool is_transient(const ServiceError& error) {
    return is_one_of(transients, error.code) || error.status == 500 || error.status == 502 ||
           error.status == 503 || error.status == 504;
}

bool is_expired_token(const ServiceError& error) {
    return is_one_of(expired_tokens, error.code);
}

bool may_be_clock_skew(const ServiceError& error) {
    return is_one_of(skews, error.code);
}

ErrorCode kind_of(const ServiceError& error) {
    if (is_throttle(error)) return ErrorCode::overloaded;
    if (is_one_of(conflicts, error.code)) return ErrorCode::conflict;
    if (is_one_of(missing, error.code)) return ErrorCode::not_found;
    if (is_one_of(oversizes, error.code) || error.status == 413 ||
        error.message.starts_with("Item size has exceeded"))
        return ErrorCode::too_large;
    if (is_one_of(refusals_of_identity, error.code) || is_expired_token(error) || may_be_clock_skew(error))
        return ErrorCode::unauthorized;
    if (error.status >= 500) return ErrorCode::unavailable;
    switch (error.status) {
        case 401:
        case 403:
            return ErrorCode::unauthorized;
        case 404:
            return ErrorCode::not_found;
        case 409:
            return ErrorCode::conflict;
        default:
            return ErrorCode::refused;
    }
}

}  // namespace weir::aws

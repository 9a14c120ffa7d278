#include "aws/call_outcome.h"

#include <algorithm>
#include <charconv>

#include <zlib.h>

#include "aws/http_date.h"
#include "http/characters.h"

namespace weir::aws {
namespace {

std::optional<std::uint64_t> number_field(const http::Headers& headers, std::string_view name) {
    const auto text = headers.get(name);
    if (!text) return std::nullopt;
    std::uint64_t value = 0;
    const auto [last, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    return error == std::errc{} && last == text->data() + text->size() ? std::optional{value} : std::nullopt;
}

// DynamoDB sends the CRC-32 of the body.
bool is_body_intact(const http::Response& response) {
    const auto announced = number_field(response.headers, "x-amz-crc32");
    if (!announced) return true;
    return *announced == ::crc32_z(::crc32_z(0, nullptr, 0),
                                   reinterpret_cast<const Bytef*>(response.body.data()),
                                   response.body.size());
}

RetryKind retry_of(const Error& error) {
    // A certificate that is not trusted now will not be in a second.
    if (error.code != ErrorCode::unreachable || error.reason == "certificate-invalid" ||
        error.reason == "ca-missing")
        return RetryKind::none;
    return error.reason == "timeout" ? RetryKind::timeout : RetryKind::transient;
}

RetryKind retry_of(const ServiceError& error) {
    if (is_throttle(error)) return RetryKind::throttle;
    return is_transient(error) ? RetryKind::transient : RetryKind::none;
}

std::string request_id_of(const http::Headers& headers) {
    for (const char* const name : {"x-amzn-requestid", "x-amz-request-id"})
        if (const auto id = headers.get(name)) return std::string{*id};
    return {};
}

Answer answer_of(http::Response response) {
    Answer answer;
    answer.status = response.status;
    answer.request_id = request_id_of(response.headers);
    for (const auto& [name, value] : response.headers.fields()) {
        auto& header = answer.headers.emplace_back(name, value);
        std::transform(header.first.begin(), header.first.end(), header.first.begin(), http::to_lower);
    }
    answer.body = std::move(response.body);
    return answer;
}

}  // namespace

CallOutcome judge(const Request& request, Result<http::Response> response) {
    CallOutcome outcome;
    if (!response) {
        outcome.retry = retry_of(response.error());
        outcome.connection_error = std::move(response).error();
        return outcome;
    }
    if (const auto date = response->headers.get("date")) outcome.server_time = read_http_date(*date);
    if (const auto wish = number_field(response->headers, "x-amz-retry-after"))
        outcome.retry_wish = Duration{static_cast<std::int64_t>(std::min<std::uint64_t>(*wish, 3'600'000))};
    if (!is_body_intact(*response)) {
        outcome.retry = RetryKind::transient;
        outcome.connection_error = Error{ErrorCode::unreachable,
                                         "checksum-mismatch",
                                         "the answer was damaged on its way (x-amz-crc32)",
                                         {}};
        return outcome;
    }
    outcome.succeeded = response->status >= 200 && response->status < 300;
    if (!outcome.succeeded) {
        ServiceError error = read_service_error(*response);
        const auto& expected = request.expected_errors;
        if (std::find(expected.begin(), expected.end(), error.code) != expected.end()) {
            outcome.succeeded = true;
            outcome.answer.error_code = error.code;
        } else {
            outcome.retry = retry_of(error);
            outcome.service_error = std::move(error);
        }
    }
    std::string code = std::move(outcome.answer.error_code);
    outcome.answer = answer_of(std::move(*response));
    outcome.answer.error_code = std::move(code);
    return outcome;
}

}  // namespace weir::aws

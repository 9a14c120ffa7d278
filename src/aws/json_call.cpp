#include "aws/json_call.h"

#include <fmt/format.h>

namespace weir::aws {
namespace {

using nlohmann::json;

constexpr int max_depth = 128;

}  // namespace

Result<std::string> json_text(const json& value) {
    try {
        return value.dump();
    } catch (const json::exception&) {
        return not_utf8();
    }
}

tl::unexpected<Error> not_utf8() {
    return fail(ErrorCode::invalid, "text-not-utf8", "a text for AWS holds bytes that are no UTF-8",
                "send such bytes as a binary value");
}

std::optional<json> read_json(std::string_view text) {
    bool too_deep = false;
    const auto watch = [&](int depth, json::parse_event_t, json&) {
        too_deep = too_deep || depth > max_depth;
        return !too_deep;
    };
    try {
        json value = json::parse(text, watch, false);
        if (value.is_discarded() || too_deep) return std::nullopt;
        return value;
    } catch (const json::exception&) {
        return std::nullopt;
    }
}

Result<JsonAnswer> call_json(Caller& caller, const Service& service, std::string_view operation,
                             const json& input, std::vector<std::string> expected_errors, Duration timeout) {
    auto body = json_text(input);
    if (!body) return fail(std::move(body).error());
    return call_json_text(caller, service, operation, std::move(*body), std::move(expected_errors), timeout);
}

Result<JsonAnswer> call_json_text(Caller& caller, const Service& service, std::string_view operation,
                                  std::string input, std::vector<std::string> expected_errors,
                                  Duration timeout) {
    Request request;
    request.headers = {{"Content-Type", std::string{service.content_type}},
                       {"X-Amz-Target", fmt::format("{}.{}", service.target_prefix, operation)}};
    request.body = std::move(input);
    request.expected_errors = std::move(expected_errors);
    request.timeout = timeout;
    auto answer = caller.call(service, std::move(request));
    if (!answer) return fail(std::move(answer).error());
    // Operations without output may answer with nothing at all.
    auto body = answer->body.empty() ? std::optional{json::object()} : read_json(answer->body);
    if (!body || !body->is_object())
        return fail(ErrorCode::unreachable, "answer-invalid",
                    fmt::format("the answer of {} {} is no JSON object (request id {})", service.name,
                                operation, answer->request_id),
                    "see whether the endpoint is that of AWS");
    return JsonAnswer{answer->error_code.empty(), std::move(*body)};
}

std::string text_member(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

double number_member(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_number() ? found->get<double>() : 0.0;
}

const json& array_member(const json& object, const char* name) {
    static const json empty = json::array();
    const auto found = object.find(name);
    return found != object.end() && found->is_array() ? *found : empty;
}

}  // namespace weir::aws

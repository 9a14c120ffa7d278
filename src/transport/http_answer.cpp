#include "transport/http_answer.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "codec/json_rows.h"

namespace weir {
namespace {

constexpr std::string_view problem_prefix = "urn:weir:problem:";

// The members of an RFC 9457 problem that weir uses; empty where the answer is none.
struct Problem {
    std::string type;  // without the prefix
    std::string title;
    std::string detail;
    std::string hint;
};

Problem read_problem(const std::string& body) {
    const nlohmann::json json = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
    Problem problem;
    if (!json.is_object()) return problem;
    const auto text = [&](const char* name) {
        const auto it = json.find(name);
        return it != json.end() && it->is_string() ? it->get<std::string>() : std::string();
    };
    problem.type = text("type");
    if (problem.type.starts_with(problem_prefix)) problem.type.erase(0, problem_prefix.size());
    problem.title = text("title");
    problem.detail = text("detail");
    problem.hint = text("hint");
    return problem;
}

// RFC 9110, section 10.2.3, in its form of whole seconds; a date is left to the sender's own waiting.
Duration retry_after(const http::Response& response) {
    const std::string_view value = response.headers.get("Retry-After").value_or("");
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    constexpr std::int64_t longest = 86'400;
    if (error != std::errc{} || end != value.data() + value.size() || seconds < 0) return Duration{0};
    return std::chrono::seconds{std::min(seconds, longest)};
}

std::string said(const Problem& problem, unsigned status) {
    const std::string& text = !problem.detail.empty() ? problem.detail : problem.title;
    const std::string phrase = fmt::format("{} {}", status, http::reason_phrase(status));
    return text.empty() ? phrase : fmt::format("{} ({})", printable(text), phrase);
}

Delivery not_understood(const std::string& place, unsigned status, std::string_view why) {
    Delivery delivery;
    delivery.error = {ErrorCode::unreachable, "answer-invalid",
                      fmt::format("{} gave an answer ({}) that cannot be understood: {}", place, status, why),
                      "check that the address is that of a weir server of the same version"};
    return delivery;
}

Delivery with_verdict(const http::Response& response, const OutgoingBatch& batch, const std::string& place) {
    auto verdict = verdict_from_json(response.body);
    if (!verdict) return not_understood(place, response.status, verdict.error().message);
    if (verdict->batch_id != batch.batch_id)
        return not_understood(
            place, response.status,
            fmt::format("it is about batch {}, not {}", printable(verdict->batch_id), batch.batch_id));
    if (verdict->received != batch.events ||
        verdict->received != verdict->stored + verdict->duplicates + verdict->rejected)
        return not_understood(
            place, response.status,
            fmt::format("of {} events sent it counts {} received, {} stored, {} duplicates and {} rejected",
                        batch.events, verdict->received, verdict->stored, verdict->duplicates,
                        verdict->rejected));
    Delivery delivery;
    delivery.outcome = Delivery::Outcome::acknowledged;
    delivery.verdict = *std::move(verdict);
    delivery.verdict.replayed = response.headers.get("Idempotency-Replayed").value_or("") == "true";
    return delivery;
}

bool worth_another_try(unsigned status) {
    return status == 408 || status == 425 || status == 429 || status >= 500;
}

std::string_view default_hint(unsigned status) {
    switch (status) {
        case 401:
        case 403:
            return "give the server's token";
        case 404:
        case 405:
            return "check that the address is that of a weir server, without a path of its own";
        case 409:
            return "stream under another run id";
        case 413:
            return "send smaller batches";
        default:
            return "";
    }
}

}  // namespace

Delivery delivery_from(const http::Response& response, const OutgoingBatch& batch, const std::string& place) {
    const unsigned status = response.status;
    if (status == 200) return with_verdict(response, batch, place);
    if (status < 300) return not_understood(place, status, "200 with a verdict was expected");
    const Problem problem = read_problem(response.body);
    if (status == 422 && problem.type == "events-rejected") return with_verdict(response, batch, place);

    Delivery delivery;
    delivery.retry_after = retry_after(response);
    delivery.error.reason = problem.type.empty() ? fmt::format("status-{}", status) : printable(problem.type);
    delivery.error.hint = problem.hint.empty() ? std::string(default_hint(status)) : printable(problem.hint);
    if (worth_another_try(status)) {
        delivery.error.code = status == 429 ? ErrorCode::overloaded : ErrorCode::unavailable;
        delivery.error.message =
            fmt::format("{} cannot take the batch now: {}", place, said(problem, status));
        return delivery;
    }
    delivery.outcome = Delivery::Outcome::refused;
    delivery.error.code = status == 401 || status == 403 ? ErrorCode::unauthorized : ErrorCode::refused;
    delivery.error.message = fmt::format("{} refused the batch: {}", place, said(problem, status));
    return delivery;
}

}  // namespace weir

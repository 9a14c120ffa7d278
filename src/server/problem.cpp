#include "server/problem.h"

#include <fmt/format.h>

#include "base/json_string.h"
#include "server/answer.h"

namespace weir {
namespace {

struct Kind {
    unsigned status;
    std::string_view type;
    std::optional<int> retry_after;
};

Kind kind_of(const Error& error) {
    switch (error.code) {
        case ErrorCode::usage:
        case ErrorCode::invalid:
            if (error.reason == "not-acceptable") return {406, "not-acceptable", {}};
            return {400, "invalid-request", {}};
        case ErrorCode::unauthorized:
            return {401, "unauthorized", {}};
        case ErrorCode::not_found:
            return {404, "not-found", {}};
        case ErrorCode::conflict:
            return {409, "batch-conflict", {}};
        case ErrorCode::too_large:
            return {413, "too-large", {}};
        case ErrorCode::unsupported:
            return {415, "unsupported-encoding", {}};
        case ErrorCode::overloaded:
            return {429, "overloaded", retry_when_full};
        case ErrorCode::unavailable:
            if (error.reason == "disk-full") return {503, "disk-full", retry_when_disk_full};
            return {503, "unavailable", error.reason == "busy" ? retry_when_full : retry_when_draining};
        case ErrorCode::storage:
            return {503, "storage-failed", retry_when_broken};
        case ErrorCode::unreachable:
        case ErrorCode::refused:
        case ErrorCode::io:
        case ErrorCode::interrupted:
        case ErrorCode::internal:
            break;
    }
    return {500, "internal", {}};
}

}  // namespace

Problem problem_of(const Error& error) {
    const Kind kind = kind_of(error);
    Problem problem;
    problem.status = kind.status;
    problem.type = kind.type;
    problem.detail = error.message;
    problem.hint = error.hint;
    problem.retry_after = kind.retry_after;
    return problem;
}

http::Response problem_answer(const Problem& problem) {
    std::string body =
        fmt::format(R"({{"type":"urn:weir:problem:{}","title":"{}","status":{},"detail":{})", problem.type,
                    http::reason_phrase(problem.status), problem.status, json_string(problem.detail));
    if (!problem.hint.empty()) body += fmt::format(R"(,"hint":{})", json_string(problem.hint));
    if (problem.limit_bytes) body += fmt::format(R"(,"limit_bytes":{})", *problem.limit_bytes);
    if (!problem.members.empty()) body += "," + problem.members;
    body += "}";
    http::Response response = answer(problem.status, "application/problem+json", std::move(body));
    if (problem.retry_after) response.headers.add("Retry-After", std::to_string(*problem.retry_after));
    for (const auto& [name, value] : problem.headers.fields())
        response.headers.add(name, value);
    return response;
}

}  // namespace weir

#include "server/influx_dialect.h"

#include <algorithm>
#include <cctype>
#include <random>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/json_string.h"
#include "base/text.h"
#include "base/version.h"
#include "server/answer.h"
#include "server/authorization.h"

namespace weir {
namespace {

constexpr std::string_view ping_path = "/ping";

// A name for a batch that nobody else gives. Not to be guessed is not asked of it.
std::string fresh_id() {
    thread_local std::random_device random;
    return fmt::format("n-{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

tl::expected<IngestHead, Problem> read_head(const http::RequestHead& head,
                                            std::initializer_list<std::string_view> names) {
    IngestHead out;
    if (auto problem = read_batch_headers(head.headers, out)) return tl::unexpected(*std::move(problem));
    out.media = MediaType::line_protocol;
    const Query query(head.query);
    const std::string_view precision = query.text("precision").value_or("");
    const auto known = time_precision_from(precision);
    if (!known) {
        Problem problem;
        problem.status = 400;
        problem.type = "invalid-request";
        problem.detail = fmt::format("precision is {}", json_string(precision));
        problem.hint = "it may be ns (the default), us, ms, s, m or h";
        return tl::unexpected(std::move(problem));
    }
    out.lines.precision = *known;
    for (const std::string_view name : names)
        out.lines.scope += fmt::format("{}={};", name, json_string(query.text(name).value_or("")));
    out.lines.unique = fresh_id();
    return out;
}

// The token of `scheme` in an Authorization field.
std::string_view credentials(std::string_view value, std::string_view scheme) {
    if (value.size() <= scheme.size() || value[scheme.size()] != ' ') return {};
    const bool same = std::equal(scheme.begin(), scheme.end(), value.begin(),
                                 [](char a, unsigned char b) { return a == std::tolower(b); });
    if (!same) return {};
    const std::size_t start = std::min(value.find_first_not_of(' ', scheme.size()), value.size());
    return value.substr(start);
}

std::string partial_write(const Verdict& verdict) {
    std::string message =
        fmt::format("partial write: {} of {} points dropped", verdict.rejected, verdict.received);
    if (!verdict.errors.empty())
        message += fmt::format("; line {}: {}: {}", verdict.errors[0].line, code_of(verdict.errors[0].reason),
                               verdict.errors[0].message);
    return message + "; GET /v1/dead-letters has all of them";
}

std::string said(const Problem& problem) {
    return problem.hint.empty() ? problem.detail : problem.detail + "; " + problem.hint;
}

// The words of InfluxDB v2.
std::string_view code_of_status(unsigned status) {
    switch (status) {
        case 401:
            return "unauthorized";
        case 404:
            return "not found";
        case 405:
            return "method not allowed";
        case 409:
            return "conflict";
        case 413:
            return "request too large";
        case 415:
            return "unsupported media type";
        case 429:
            return "too many requests";
        case 503:
            return "unavailable";
        default:
            return status < 500 ? "invalid" : "internal error";
    }
}

http::Response influx1_error(unsigned status, const std::string& message) {
    http::Response response = json_answer(status, fmt::format(R"({{"error":{}}})", json_string(message)));
    response.headers.add("X-Influxdb-Error", printable(message));
    return response;
}

http::Response influx2_error(unsigned status, const std::string& message) {
    return json_answer(
        status, fmt::format(R"({{"code":"{}","message":{}}})", code_of_status(status), json_string(message)));
}

http::Response with_headers(http::Response response, const Problem& problem) {
    if (problem.retry_after) response.headers.add("Retry-After", std::to_string(*problem.retry_after));
    for (const auto& [name, value] : problem.headers.fields())
        response.headers.add(name, value);
    return response;
}

http::Response no_content(const Verdict& verdict) {
    http::Response response;
    response.status = 204;
    response.headers.add("Cache-Control", "no-store");
    if (verdict.replayed) response.headers.add("Idempotency-Replayed", "true");
    return response;
}

}  // namespace

tl::expected<IngestHead, Problem> read_influx1_head(const http::RequestHead& head) {
    return read_head(head, {"db", "rp"});
}

tl::expected<IngestHead, Problem> read_influx2_head(const http::RequestHead& head) {
    return read_head(head, {"bucket", "org", "orgID"});
}

bool is_influx_authorized(const http::RequestHead& head, std::string_view token) {
    if (is_authorized(head, token)) return true;
    if (head.headers.count("Authorization") > 1) return false;
    const std::string_view value = head.headers.get("Authorization").value_or("");
    if (value.empty()) {
        const auto password = Query(head.query).text("p");
        return password && is_token(*password, token);
    }
    if (const auto given = credentials(value, "token"); !given.empty()) return is_token(given, token);
    const auto decoded = base64_decode(credentials(value, "basic"));
    const std::size_t colon = decoded ? decoded->find(':') : std::string::npos;
    return colon != std::string::npos && is_token(std::string_view(*decoded).substr(colon + 1), token);
}

http::Response influx1_verdict(const Verdict& verdict) {
    return verdict.rejected == 0 ? no_content(verdict) : influx1_error(400, partial_write(verdict));
}

http::Response influx2_verdict(const Verdict& verdict) {
    return verdict.rejected == 0 ? no_content(verdict) : influx2_error(400, partial_write(verdict));
}

http::Response influx1_problem(const Problem& problem) {
    return with_headers(influx1_error(problem.status, said(problem)), problem);
}

http::Response influx2_problem(const Problem& problem) {
    return with_headers(influx2_error(problem.status, said(problem)), problem);
}

void add_influx_routes(Router& router) {
    router.add({"GET", std::string(ping_path), {"verbose"}, Where::here, [](const Call&) {
                    http::Response response;
                    response.status = 204;
                    response.headers.add("Cache-Control", "no-store");
                    response.headers.add("X-Influxdb-Version", "weir-" + std::string(version()));
                    return Result<http::Response>(std::move(response));
                }});
}

bool is_influx_ping(std::string_view path) {
    return path == ping_path;
}

}  // namespace weir

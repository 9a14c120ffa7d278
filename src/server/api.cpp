#include "server/api.h"

#include <exception>
#include <utility>

#include <fmt/format.h>

#include "base/json_string.h"
#include "base/log.h"
#include "server/answer.h"
#include "server/authorization.h"
#include "server/counts_routes.h"
#include "server/cross_origin.h"
#include "server/health_routes.h"
#include "server/influx_dialect.h"
#include "server/ledger_routes.h"
#include "server/live_routes.h"
#include "server/openapi_routes.h"
#include "server/page_routes.h"
#include "server/problem.h"
#include "server/raw_routes.h"
#include "server/reply.h"
#include "server/rows_routes.h"
#include "server/series_routes.h"
#include "server/verification_routes.h"
#include "server/view_routes.h"

namespace weir {
namespace {

constexpr std::size_t read_threads = 2;
constexpr std::size_t max_queued_reads = 64;

Problem unauthorized() {
    Problem problem;
    problem.status = 401;
    problem.type = "unauthorized";
    problem.detail = "the request carries no bearer token, or a wrong one";
    problem.hint = "send the header Authorization: Bearer TOKEN, with the token that the server was given";
    problem.headers.add("WWW-Authenticate", "Bearer");
    return problem;
}

Problem cross_origin() {
    Problem problem;
    problem.status = 403;
    problem.type = "cross-origin";
    problem.detail = "the request comes from a page of another origin, and this server asks for no token";
    problem.hint = "send it from a program or from weir's own page, or give the server a --token-file";
    return problem;
}

Problem length_required() {
    Problem problem;
    problem.status = 411;
    problem.type = "length-required";
    problem.detail = "the request announces neither a length nor chunks";
    problem.hint = "send Content-Length, or Transfer-Encoding: chunked";
    return problem;
}

// Other methods may have routes of their own on the same path.
bool takes_events(const http::RequestHead& head) {
    return head.method == "POST" && ingest_dialect_of(head.path) != nullptr;
}

Result<http::Response> run(const Handler& handler, const Call& call) {
    try {
        return handler(call);
    } catch (const std::exception& thrown) {
        return fail(ErrorCode::internal, "unforeseen",
                    fmt::format("the request failed in an unforeseen way: {}", thrown.what()),
                    "this is a bug in weir: please report it");
    }
}

http::Response answer_of(const Handler& handler, const Call& call) {
    Result<http::Response> result = run(handler, call);
    if (result) return std::move(*result);
    const Problem problem = problem_of(result.error());
    const bool is_state =
        result.error().code == ErrorCode::unavailable ||  // told when it began, not at each probe
        result.error().code == ErrorCode::overloaded;
    if (problem.status >= 500 && !is_state)
        log(LogLevel::error, "a request failed",
            {{"path", call.request.head.path}, {"error", result.error().message}});
    return problem_answer(problem);
}

}  // namespace

Api::Api(Backend backend)
    : backend_(backend),
      events_(backend_, metrics_),
      live_(backend_),
      verification_(backend_),
      workers_(read_threads, max_queued_reads) {
    for (const IngestDialect& dialect : ingest_dialects())
        router_.add({"POST", std::string(dialect.path), dialect.parameters, Where::here, {}});
    add_raw_routes(router_, backend_);
    add_view_routes(router_, backend_);
    add_rows_routes(router_, backend_);
    add_counts_routes(router_, backend_);
    add_series_routes(router_, backend_);
    add_live_routes(router_, live_);
    add_ledger_routes(router_, backend_);
    add_verification_routes(router_, verification_);
    add_page_routes(router_, backend_);
    add_openapi_routes(router_);
    add_influx_routes(router_);
    add_health_routes(router_, backend_, metrics_, [this] {
        const http::Server* server = server_;
        return OpenConnections{server == nullptr ? 0 : server->connections(), live_.listeners()};
    });
    std::vector<std::string> paths;
    for (const Route& route : router_.routes())
        paths.push_back(route.path);
    metrics_.set_routes(paths);
    const ServiceOptions& options = backend_.options;
    metrics_.set_bounds({options.ingestor.max_queued_batches, options.ingestor.max_queued.count,
                         options.min_free.count, options.window.size, options.window.slide});
}

Api::~Api() = default;

void Api::stop() {
    verification_.stop();
    workers_.stop();
}

Problem Api::no_route(const http::RequestHead& head) const {
    const std::string methods = router_.allowed(head.path);
    Problem problem;
    if (methods.empty()) {
        problem.status = 404;
        problem.type = "not-found";
        problem.detail = fmt::format("there is no path {}", json_string(head.path));
        problem.hint = "/openapi.json lists the paths; counts are at /v1/rows/latest and /v1/windows/live";
        return problem;
    }
    problem.status = 405;
    problem.type = "method-not-allowed";
    problem.detail = fmt::format("{} does not take {}", head.path, json_string(head.method));
    problem.hint = "it takes " + methods;
    problem.headers.add("Allow", methods);
    return problem;
}

// What is wrong with a request before its body is looked at, but for what its own route says.
std::optional<Problem> Api::check(const http::RequestHead& head, const IngestDialect* dialect) const {
    const bool is_open =
        is_probe(head.path) || is_page(head.path) || is_openapi(head.path) || is_influx_ping(head.path);
    const auto authorized = dialect != nullptr ? dialect->is_authorized : is_authorized;
    if (!is_open && !authorized(head, backend_.options.token)) return unauthorized();
    const auto match = router_.find(head.method, head.path);
    if (!match) return no_route(head);
    const Route& route = router_.routes()[match->route];
    // A token is proof enough: no browser adds it by itself.
    if (route.method != "GET" && backend_.options.token.empty() && is_cross_origin(head))
        return cross_origin();
    if (const auto known = Query(head.query).check(route.parameters); !known)
        return problem_of(known.error());
    if (route.method == "POST" && !head.chunked && !head.content_length) return length_required();
    return std::nullopt;
}

std::optional<http::Response> Api::admit(const http::RequestHead& head) {
    const IngestDialect* dialect = ingest_dialect_of(head.path);
    std::optional<http::Response> refused;
    if (const auto problem = check(head, dialect))
        refused = dialect != nullptr ? dialect->problem(*problem) : problem_answer(*problem);
    else if (takes_events(head))
        refused = events_.admit(head);
    if (refused) {
        const auto match = router_.find(head.method, head.path);
        metrics_.on_request(match ? match->route : router_.routes().size(), head.method, refused->status, 0);
    }
    return refused;
}

void Api::handle(http::Request request, http::Responder responder) {
    const auto match = router_.find(request.head.method, request.head.path);
    if (!match) return responder.send(problem_answer(no_route(request.head)));
    Reply reply(std::move(responder), metrics_, match->route, request.head.method);
    if (takes_events(request.head)) return events_.handle(std::move(request), std::move(reply));

    const Route& route = router_.routes()[match->route];
    if (route.where == Where::here) return reply.send(answer_of(route.handler, {request, match->argument}));
    const std::size_t argument = request.head.path.size() - match->argument.size();
    auto shared = std::make_shared<const http::Request>(std::move(request));
    const bool taken = workers_.submit([&route, shared, argument, reply] {
        reply.send(answer_of(route.handler, {*shared, std::string_view(shared->head.path).substr(argument)}));
    });
    if (!taken)
        reply.send(problem_answer(problem_of(
            {ErrorCode::unavailable, "busy", "too many reads wait already", "ask again a little later"})));
}

http::Response Api::refusal(unsigned status, const std::string& reason, const std::string& detail) {
    Problem problem;
    problem.status = status;
    problem.type = reason;
    problem.detail = detail;
    if (status == 413) {
        problem.limit_bytes = backend_.options.http.max_body.count;
        problem.hint = "send the events in smaller batches, or compressed";
    }
    if (status == 503) problem.retry_after = retry_when_full;
    metrics_.on_request(router_.routes().size(), "other", status, 0);
    return problem_answer(problem);
}

}  // namespace weir

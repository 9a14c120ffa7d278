#include "lambda/runtime_loop.h"

#include <exception>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"

namespace weir::lambda {
namespace {

constexpr int max_tries = 4;
constexpr Duration first_wait{50};  // doubled after every try

bool is_lost(const Error& error) {
    return error.reason.starts_with("status-5");
}

// Calls again what did not reach the Runtime API.
template <typename Call>
auto retried(Clock& clock, const Call& call) {
    auto result = call();
    Duration wait = first_wait;
    for (int tries = 1; !result && result.error().code == ErrorCode::unreachable && tries < max_tries;
         ++tries) {
        clock.sleep_until(clock.steady_now() + wait);
        wait *= 2;
        result = call();
    }
    return result;
}

Error thrown(std::string_view what) {
    return {ErrorCode::internal, "handler-threw", fmt::format("the function failed unexpectedly: {}", what),
            "this is a fault of weir's: please report it with this message"};
}

Error too_large(std::size_t bytes) {
    return {ErrorCode::too_large, "answer-too-large",
            fmt::format("the answer has {} bytes; Lambda takes at most {}", bytes, max_answer_bytes),
            "the work was done: read the row from the table"};
}

}  // namespace

RuntimeLoop::RuntimeLoop(RuntimeApi& api, Handler& handler, Clock& clock)
    : api_(api), handler_(handler), clock_(clock) {}

Error RuntimeLoop::run() {
    for (;;) {
        auto invocation = retried(clock_, [&] { return api_.next(); });
        if (!invocation) return invocation.error();
        const std::string request_id = invocation->request_id;
        if (!answer(request_id, handle(*std::move(invocation))))
            return {ErrorCode::unavailable,
                    "sandbox-lost",
                    "the Lambda Runtime API says that the sandbox is lost",
                    {}};
    }
}

Result<std::string> RuntimeLoop::handle(Invocation invocation) {
    if (const Timestamp now = clock_.now(); now >= invocation.deadline)
        return fail(ErrorCode::interrupted, "deadline-passed",
                    fmt::format("the invocation's deadline was {}, and it is {}",
                                format_rfc3339(invocation.deadline), format_rfc3339(now)),
                    "nothing was done; invoke it again");
    try {
        return handler_.handle(std::move(invocation));
    } catch (const std::exception& e) {
        return fail(thrown(e.what()));
    } catch (...) {
        return fail(thrown("an exception of an unknown type"));
    }
}

bool RuntimeLoop::answer(const std::string& request_id, const Result<std::string>& result) {
    const auto report = [&](const Error& error) {
        log(LogLevel::error, "invocation failed",
            {{"request_id", request_id}, {"reason", error.reason}, {"error", error.message}});
        return retried(clock_, [&] { return api_.fail_invocation(request_id, error); });
    };
    Result<void> sent;
    if (!result) {
        sent = report(result.error());
    } else if (result->size() > max_answer_bytes) {
        sent = report(too_large(result->size()));
    } else {
        sent = retried(clock_, [&] { return api_.respond(request_id, *result); });
        if (!sent && sent.error().reason == "status-413") sent = report(too_large(result->size()));
    }
    if (sent) return true;
    // Lambda does not take an answer twice, nor after the deadline: then there is nobody left to answer.
    log(LogLevel::warning, "answer not taken",
        {{"request_id", request_id}, {"reason", sent.error().reason}, {"error", sent.error().message}});
    return !is_lost(sent.error());
}

Result<void> report_init_error(RuntimeApi& api, const Error& error, Clock& clock) {
    log(LogLevel::error, "the function cannot start",
        {{"reason", error.reason}, {"error", error.message}, {"hint", error.hint}});
    return retried(clock, [&] { return api.fail_init(error); });
}

}  // namespace weir::lambda

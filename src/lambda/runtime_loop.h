#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "lambda/handler.h"
#include "lambda/runtime_api.h"

namespace weir::lambda {

// What Lambda takes as an answer of a function: 6 MiB and a little (its sandbox refuses more with 413).
constexpr std::size_t max_answer_bytes = std::size_t{6} * 1024 * 1024;

// Takes invocations one after the other and answers each exactly once. Whatever goes wrong in one of them
// costs that one alone:
//  - a handler that fails or throws is reported as the function's error ("handler-threw");
//  - an invocation whose deadline has passed before it was begun (the process was frozen) is not begun
//    ("deadline-passed"), so that whoever sent it sends it again;
//  - an answer over max_answer_bytes becomes the error "answer-too-large";
//  - an answer that could not be handed over is tried again a few times; one that Lambda does not take any
//  more is logged.
// Nothing runs after an answer: the process may be frozen at once.
class RuntimeLoop {
  public:
    // All outlive the loop.
    RuntimeLoop(RuntimeApi& api, Handler& handler, Clock& clock);

    // Runs until the Runtime API cannot be reached any more or says that the sandbox is lost; returns why.
    Error run();

  private:
    Result<Invocation> next();
    Result<std::string> handle(Invocation invocation);
    // False when the sandbox is lost.
    bool answer(const std::string& request_id, const Result<std::string>& result);

    RuntimeApi& api_;
    Handler& handler_;
    Clock& clock_;
};

// Reports why a function could not start; the process should end then. Tries again a few times.
Result<void> report_init_error(RuntimeApi& api, const Error& error, Clock& clock);

}  // namespace weir::lambda

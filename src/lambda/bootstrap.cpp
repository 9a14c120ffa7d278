// The program of both Lambda functions (runtime provided.al2023).
#include <csignal>
#include <cstdio>
#include <exception>

#include <malloc.h>
#include <netdb.h>
#include <nss.h>

#include "base/log.h"
#include "lambda/function.h"
#include "lambda/runtime_loop.h"

namespace {

using weir::Error;
using weir::ErrorCode;

weir::Result<std::unique_ptr<weir::lambda::Handler>> make_function(
    const weir::aws::Environment& environment) {
    try {
        return weir::lambda::make_function(environment("_HANDLER").value_or(""), environment,
                                           weir::system_clock());
    } catch (const std::exception& e) {
        return weir::fail(ErrorCode::internal, "init-threw", e.what());
    }
}

int run() {
    const weir::aws::Environment environment = weir::aws::process_environment();
    const auto address = environment("AWS_LAMBDA_RUNTIME_API");
    if (!address) {
        std::fputs(
            "bootstrap: AWS_LAMBDA_RUNTIME_API is not set: this program is run by AWS Lambda.\n"
            "Deploy it with script/deploy; on your own machine, use weir.\n",
            stderr);
        return 2;
    }
    auto api = weir::lambda::RuntimeApi::at(*address);
    if (!api) {
        weir::log(weir::LogLevel::error, "the function cannot start", {{"error", api.error().message}});
        return 2;
    }
    auto function = make_function(environment);
    if (!function) {
        if (const auto told = weir::lambda::report_init_error(*api, function.error(), weir::system_clock());
            !told)
            weir::log(weir::LogLevel::error, "init error not reported", {{"error", told.error().message}});
        return 1;
    }
    const Error end = weir::lambda::RuntimeLoop(*api, **function, weir::system_clock()).run();
    weir::log(weir::LogLevel::error, "the function ends", {{"reason", end.reason}, {"error", end.message}});
    return 1;
}

// The memory of one invocation serves the next: giving it back and faulting it in again is most of what the
// kernel would do for this program otherwise.
void keep_memory() {
    constexpr int enough = 32 << 20;  // the most that glibc takes
    ::mallopt(M_MMAP_THRESHOLD, enough);
    ::mallopt(M_TRIM_THRESHOLD, enough);
}

}  // namespace

int main() {
    keep_memory();
    std::signal(SIGPIPE, SIG_IGN);
    weir::set_log_format(weir::LogFormat::json);
    // A static program would load the machine's other name services, which are of another glibc.
    ::__nss_configure_lookup("hosts", "files dns");
    try {
        return run();
    } catch (const std::exception& e) {
        std::fprintf(stderr, "bootstrap: %s\n", e.what());
        return 1;
    }
}

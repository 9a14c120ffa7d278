#include "aws/lambda_invoke.h"

#include <algorithm>

#include <fmt/format.h>

#include "aws/json_call.h"
#include "aws/services.h"

namespace weir::aws {
namespace {

constexpr std::size_t max_payload_bytes{6 * 1024 * 1024};   // Lambda quotas: synchronous invocation
constexpr Duration longest_run = std::chrono::minutes{15};  // Lambda quotas: function timeout

Result<std::string> function_failed(const std::string& function, const Answer& answer) {
    const auto failure = read_json(answer.body);
    const bool known = failure && failure->is_object();
    std::string type = known ? text_member(*failure, "errorType") : std::string{};
    const std::string message = known ? text_member(*failure, "errorMessage") : answer.body.substr(0, 500);
    if (type.empty()) type = "Unhandled";
    return fail(
        ErrorCode::refused, type,
        fmt::format("the function {} failed: {} (request id {})", function, message, answer.request_id),
        "see its log group in CloudWatch Logs");
}

class LambdaClient final : public LambdaInvoke {
  public:
    explicit LambdaClient(Caller& caller) : caller_(caller) {}

    Result<std::string> invoke(const std::string& function, std::string_view payload) override {
        if (payload.size() > max_payload_bytes)
            return fail(
                ErrorCode::too_large, "payload-too-large",
                fmt::format("a payload of {} bytes; Lambda takes {}", payload.size(), max_payload_bytes));
        Request request;
        request.path = fmt::format("/2015-03-31/functions/{}/invocations", function);
        request.headers = {{"Content-Type", std::string{lambda_service.content_type}},
                           {"X-Amz-Invocation-Type", "RequestResponse"}};
        request.body = payload;
        request.timeout = longest_run + std::chrono::seconds{10};
        auto answer = caller_.call(lambda_service, std::move(request));
        if (!answer) return fail(std::move(answer).error());
        const bool failed =
            std::any_of(answer->headers.begin(), answer->headers.end(),
                        [](const auto& header) { return header.first == "x-amz-function-error"; });
        if (failed) return function_failed(function, *answer);
        return std::move(answer->body);
    }

  private:
    Caller& caller_;
};

}  // namespace

std::unique_ptr<LambdaInvoke> make_lambda_invoke(Caller& caller) {
    return std::make_unique<LambdaClient>(caller);
}

}  // namespace weir::aws

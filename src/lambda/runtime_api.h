#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/client.h"
#include "lambda/handler.h"

namespace weir::lambda {

// The Lambda Runtime API, version 2018-06-01 (Lambda Developer Guide, "Using the Lambda runtime API"). One
// request at a time over one connection; no request is repeated here. Every call fails with what http::Client
// says, and with ErrorCode::refused, "status-<n>" ("status-413": the answer is too large; "status-500": the
// sandbox is lost and the process should end).
class RuntimeApi {
  public:
    // `address`: the value of AWS_LAMBDA_RUNTIME_API, "host:port".
    static Result<RuntimeApi> at(const std::string& address);

    // Waits for the next invocation, as long as it takes; the process may be frozen meanwhile.
    Result<Invocation> next();
    Result<void> respond(const std::string& request_id, std::string_view answer);
    Result<void> fail_invocation(const std::string& request_id, const Error& error);
    Result<void> fail_init(const Error& error);

  private:
    explicit RuntimeApi(http::Url url);
    Result<void> post(const std::string& path, std::string_view body, const std::string& error_type);

    std::unique_ptr<http::Client> client_;
};

// `{"errorMessage":…,"errorType":…,"stackTrace":[]}`: the message with its hint, and the reason.
std::string to_error_json(const Error& error);

}  // namespace weir::lambda

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "aws/call.h"
#include "base/result.h"

namespace weir::aws {

// Invoking a function. Thread-safe. Errors are those of Caller; a function that failed is ErrorCode::refused
// with its errorType as the reason and its errorMessage.
class LambdaInvoke {
  public:
    virtual ~LambdaInvoke() = default;
    // Synchronous (RequestResponse). The function's answer, JSON. `payload` up to 6 MB.
    virtual Result<std::string> invoke(const std::string& function, std::string_view payload) = 0;
};

std::unique_ptr<LambdaInvoke> make_lambda_invoke(Caller& caller);

}  // namespace weir::aws

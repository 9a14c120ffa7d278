#pragma once

#include <optional>

#include "aws/call.h"
#include "aws/retry.h"
#include "aws/service_error.h"
#include "http/message.h"

namespace weir::aws {

// What one attempt of a call came to.
struct CallOutcome {
    bool succeeded = false;
    RetryKind retry = RetryKind::none;
    std::optional<ServiceError> service_error{};  // the service answered, but not as wished
    std::optional<Error> connection_error{};      // no answer that can be trusted
    std::optional<Duration> retry_wish{};         // x-amz-retry-after
    std::optional<Timestamp> server_time{};       // Date
    Answer answer{};
};

CallOutcome judge(const Request& request, Result<http::Response> response);

}  // namespace weir::aws

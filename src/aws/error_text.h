#pragma once

#include <string>

#include "aws/call.h"
#include "aws/service_error.h"

namespace weir::aws {

// What a call was, for messages and hints.
struct CallContext {
    std::string_view service;
    std::string operation;  // "PutItem"
    std::string region;
    std::string credentials;  // where they are from
    std::uint32_t attempts = 1;
};

std::string operation_of(const Service& service, const Request& request);

// The Error that Caller returns for what a service said; for a failed connection.
Error error_of(const CallContext& context, const ServiceError& error, const std::string& request_id);
Error error_of(const CallContext& context, const Error& connection);

}  // namespace weir::aws

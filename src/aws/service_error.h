#pragma once

#include <string>

#include "base/result.h"
#include "http/message.h"

namespace weir::aws {

// What a service says is wrong, whatever its protocol (JSON, REST, query).
struct ServiceError {
    unsigned status = 0;
    std::string code;  // "ConditionalCheckFailedException"; "HTTP 502" when the answer has none
    std::string message;
};

// Of an answer whose status is no success.
ServiceError read_service_error(const http::Response& response);

// The kind that Caller gives such an error.
ErrorCode kind_of(const ServiceError& error);

bool is_throttle(const ServiceError& error);
// Worth trying again unchanged, though no throttle.
bool is_transient(const ServiceError& error);
// The credentials have expired: worth trying again with new ones.
bool is_expired_token(const ServiceError& error);
// The clock may be why the signature is refused.
bool may_be_clock_skew(const ServiceError& error);

}  // namespace weir::aws

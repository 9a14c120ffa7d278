#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace weir::aws {

// How a service is spoken to. JSON services: POST / with X-Amz-Target `<target_prefix>.<operation>`.
struct Service {
    std::string_view name;               // in the signature's scope: "dynamodb"
    std::string_view endpoint;           // its host's first label: "dynamodb"
    std::string_view endpoint_variable;  // AWS_ENDPOINT_URL_<this>: "DYNAMODB"
    std::string_view target_prefix;      // "DynamoDB_20120810"; empty: a REST or query service
    std::string_view content_type;       // "application/x-amz-json-1.0"
};

// One request, before it is signed.
struct Request {
    std::string method = "POST";
    std::string path = "/";                                    // not encoded
    std::vector<std::pair<std::string, std::string>> query{};  // not encoded
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};
    // Error codes that are answers here: they come back as an Answer with its status, not as an Error.
    std::vector<std::string> expected_errors{};
    Duration timeout{0};  // for one attempt; 0: the session's
};

struct Answer {
    unsigned status = 0;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string request_id;
    std::string error_code{};  // one of expected_errors; empty: a success
    std::uint32_t attempts = 1;
};

// Makes requests of one AWS account and region, whatever service: signs them, keeps connections, retries as
// the SDKs' standard mode does. Thread-safe: as many requests run at once as threads ask.
//
// Errors. A service's answer that is no success keeps AWS's own code as Error::reason
// ("ConditionalCheckFailedException"; what stands before a '#' is cut off), its message and request id in
// Error::message. Kinds: ErrorCode::unauthorized (credentials, signature, access denied, clock off: the
// message says by how much), ::not_found (ResourceNotFoundException, QueueDoesNotExist, …), ::overloaded
// (throttled until the attempts were used up), ::unreachable (no connection or no answer), ::too_large,
// ::conflict (ConditionalCheckFailed, TransactionConflict, …), ::refused (every other 4xx), ::unavailable
// (5xx).
class Caller {
  public:
    virtual ~Caller() = default;
    virtual Result<Answer> call(const Service& service, Request request) = 0;
    // Every running and later call fails with ErrorCode::interrupted ("cancelled").
    virtual void cancel() = 0;
    [[nodiscard]] virtual const std::string& region() const = 0;
};

}  // namespace weir::aws

#pragma once

#include "base/result.h"
#include "base/time.h"
#include "http/client.h"

namespace weir::aws {

struct SendLimits {
    Duration connect_timeout{3'000};
    Duration timeout{30'000};
};

// The edge to the network: one request, one answer, no retry. Thread-safe. Errors are those of http::Client.
class HttpSender {
  public:
    virtual ~HttpSender() = default;
    virtual Result<http::Response> send(const http::Url& url, const http::ClientRequest& request,
                                        const SendLimits& limits) = 0;
    // Every running and later request fails with ErrorCode::interrupted.
    virtual void cancel() = 0;
};

}  // namespace weir::aws

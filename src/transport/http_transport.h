#pragma once

#include <memory>
#include <string>

#include "http/client.h"
#include "transport/transport.h"

namespace weir {

// Sends batches to a weir server: POST <prefix>/v1/events with the batch id as Idempotency-Key, as
// docs/http.md says.
//  acknowledged: 200, or 422 "events-rejected", with a verdict about this batch and all its events
//  retry:        no connection or no answer, 408, 425, 429, every 5xx, and any answer that cannot be
//  understood; retry_after is what the
//                server asked for in seconds
//  refused:      everything else; the error carries the problem's detail and hint. ErrorCode::unauthorized
//  for 401 and 403, else ::refused
class HttpTransport final : public Transport {
  public:
    struct Options {
        std::string token;  // bearer token; empty: none is sent
        http::ClientOptions client;
    };
    HttpTransport(http::Url url, Options options);
    ~HttpTransport() override;

    Delivery send(const OutgoingBatch& batch) override;
    void cancel() override;

  private:
    std::string place_;  // for a person: "http://host:port/prefix"
    Options options_;
    http::Client client_;
};

}  // namespace weir

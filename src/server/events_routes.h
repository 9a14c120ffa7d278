#pragma once

#include <optional>

#include "http/message.h"
#include "server/backend.h"
#include "server/decoder_pool.h"
#include "server/ingest_head.h"
#include "server/metrics.h"
#include "server/problem.h"
#include "server/reply.h"

namespace weir {

// POST /v1/events and the other paths that take events (ingest_dialect.h), the hot path: decompressed,
// decoded and handed to the ingestor on the I/O thread, answered from the committing thread after the write
// is durable. Thread-safe.
class EventsRoute {
  public:
    EventsRoute(Backend& backend, Metrics& metrics);

    // Before the body is read: the answer to a request that will not be taken.
    [[nodiscard]] std::optional<http::Response> admit(const http::RequestHead& head) const;
    void handle(http::Request request, Reply reply);

  private:
    Result<std::string> decompress(Encoding encoding, std::string& body) const;
    [[nodiscard]] Problem refused_body(const Error& error) const;

    Backend& backend_;
    Metrics& metrics_;
    DecoderPool decoders_;
};

}  // namespace weir

#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "codec/batch_decoder.h"
#include "http/server.h"
#include "pipeline/ingestor.h"
#include "server/webhook.h"
#include "window/view_spec.h"
#include "window/window.h"

namespace weir {

// Everything `weir serve` can be told.
struct ServiceOptions {
    std::filesystem::path data_folder = "weir-data";
    http::ServerOptions http;
    std::string group_by = "County";
    WindowSpec window;
    std::vector<ViewSpec> views;  // beside the default counts
    EventLimits events;           // clock skew, retention, line limits
    IngestorOptions ingestor;
    Bytes max_decompressed = 64_MiB;  // of a compressed body
    Bytes min_free =
        256_MiB;           // of the disk: below it ingest answers 503 "disk-full" until there is room again
    std::string token;     // bearer token of every path with data (Api knows which); empty: none is asked for
    std::string map_json;  // outlines for the live page, as read_map_file makes them; empty: the page's own
    int zstd_level = 1;
    // Of event_ids that are not of weir's own form: see RocksOptions.
    Duration deduplicate_ids{0};  // zero: not across batches; at most the retention
    std::uint64_t deduplicate_ids_max = 16'000'000;
    WebhookOptions webhook;  // where rows are pushed
};

// A running server: store, ingestor, aggregator on its schedule, retention, HTTP. Start and stop from one
// thread.
class Service {
  public:
    // Opens the store and begins to listen. `on_failure` is called once, from any thread, when the store has
    // failed and the process must end with what is on disk.
    static Result<std::unique_ptr<Service>> start(const ServiceOptions& options, Clock& clock,
                                                  std::function<void(const Error&)> on_failure);
    ~Service();

    [[nodiscard]] std::uint16_t port() const;
    // Answers /readyz with 503, takes no new connection, finishes running requests, commits everything taken,
    // closes the store.
    void drain(Duration deadline);

  private:
    struct Impl;
    explicit Service(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace weir

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "event/batch.h"
#include "event/reject_reason.h"
#include "event/verdict.h"
#include "server/webhook.h"

namespace weir {

// How many lines of a batch were rejected for which reason.
using RejectCounts = std::array<std::uint32_t, reject_reason_codes.size()>;
RejectCounts count_rejects(const Batch& batch);

// What is looked at only when somebody asks for the metrics.
struct Readings {
    Ledger ledger;
    std::uint64_t store_bytes = 0;
    std::uint64_t remembered_ids = 0;
    std::uint64_t queued_batches = 0;
    std::uint64_t queued_bytes = 0;
    std::uint64_t connections = 0;
    std::uint64_t live_listeners = 0;
    std::uint64_t disk_free_bytes = 0;
    double window_lag_seconds = 0;  // from the end of the last scheduled row to now; 0 while there is none
    WebhookCounters webhook;
    std::uint64_t views_behind = 0;  // blocks of events that the view that is furthest behind has not read
    std::string_view state;          // of Health
    bool ready = false;
};

// What never changes while the process runs.
struct Bounds {
    std::uint64_t max_queued_batches = 0;
    std::uint64_t max_queued_bytes = 0;
    std::uint64_t min_free_bytes = 0;  // of the disk
    Duration window_size{0};
    Duration window_slide{0};
};

// The numbers of /metrics, in Prometheus' text format; docs/metrics.md says what each means. Keys of events
// are never labels, since a sender chooses them. Thread-safe; counting costs an atomic addition.
class Metrics {
  public:
    Metrics();
    ~Metrics();

    // One name a route, in the router's order; requests that fit none are counted under "other". To be called
    // once, before the first request.
    void set_routes(const std::vector<std::string>& routes);
    void set_bounds(const Bounds& bounds);

    // `route`: its index, or the number of routes for none of them. Methods that HTTP does not know count as
    // "other".
    void on_request(std::size_t route, std::string_view method, unsigned status, double seconds);
    void on_ingest_bytes(std::uint64_t wire, std::uint64_t text);
    void on_verdict(const Verdict& verdict, const RejectCounts& rejects, Timestamp now);
    void on_commit(double seconds, std::size_t batches);
    void on_sync(double seconds);  // one fsync of the store's log
    void on_tick(bool succeeded, std::size_t rows);

    // The text of /metrics.
    std::string render(const Readings& readings);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace weir

#pragma once

#include <memory>
#include <optional>
#include <string>

#include "http/client.h"
#include "store/store.h"
#include "window/window.h"

namespace weir {

// What a server says of itself: GET /v1/status.
struct RemoteStatus {
    std::string version;
    std::string group_by;  // as of event/group_by.h
    std::string view;
    WindowSpec window;
    Duration retention{0};
    Timestamp now;      // the server's clock
    std::string state;  // "ready", "draining", "failed"
};

// A StoreReader over the HTTP interface of `weir serve` (docs/http.md). Thread-safe by a lock: one request at
// a time.
class RemoteStore final : public StoreReader {
  public:
    RemoteStore(http::Url url, std::string token, http::ClientOptions options = {});
    ~RemoteStore() override;

    Result<RemoteStatus> status();
    // POST /v1/aggregations
    Result<AggregateRow> aggregate(const std::string& run_id, std::optional<Timestamp> at);
    // GET /v1/windows/{end or "live"}: a window counted but not stored
    Result<AggregateRow> live(std::optional<Timestamp> at);

    Result<WindowCounts> window_counts(TimeRange range) override;
    Result<std::vector<PaneCount>> panes(TimeRange range) override;
    Result<ScanEnd> scan(const ScanRequest& request, const EventVisitor& visitor) override;
    Result<std::optional<AggregateRow>> row_at(Timestamp window_end) override;
    Result<std::optional<AggregateRow>> row_of_run(const std::string& run_id) override;
    Result<std::optional<AggregateRow>> latest_row() override;
    Result<std::vector<AggregateRow>> rows(TimeRange window_ends, std::size_t limit) override;
    Result<DeadLetterPage> dead_letters(TimeRange received, std::uint64_t after, std::size_t limit) override;
    Result<Ledger> ledger() override;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace weir

#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>

#include "base/result.h"
#include "pipeline/auditor.h"
#include "server/backend.h"
#include "server/worker_pool.h"

namespace weir {

// The server's own recount, for those who only have the page: the newest window and the rows stored in it,
// held against the raw events by `audit`. It adds no event and writes nothing, runs on a thread of its own,
// one at a time, and is bounded: what is too much for a server that takes events meanwhile is told, and left
// to `weir audit`. The last result is remembered while the server runs. Thread-safe.
class Verification {
  public:
    static constexpr std::uint64_t max_events = 20'000'000;  // that are read one by one
    static constexpr std::uint64_t max_counts = 2'000'000;   // of a key in a pane, which are held in memory

    explicit Verification(const Backend& backend);

    // Starts one unless one runs, and returns the state as JSON (docs/http.md), with the one that runs. Fails
    // with ErrorCode::unavailable ("draining") once stopped.
    Result<std::string> start();
    [[nodiscard]] std::string state() const;
    // Cuts the one that runs short; returns when it has ended.
    void stop();

  private:
    struct Outcome {
        Timestamp started_at, finished_at;
        TimeRange range;
        std::optional<AuditReport> report;  // of one that was carried out
        std::string fault;                  // why it could not be
    };

    void run(Timestamp started_at);
    Result<void> check_size(TimeRange range) const;
    [[nodiscard]] static std::string result_of(const Outcome& outcome);
    [[nodiscard]] static std::string json_of(const Outcome& outcome);
    [[nodiscard]] std::string state_locked() const;

    const Backend backend_;
    std::atomic<bool> stopping_ = false;
    mutable std::mutex mutex_;  // guards what follows
    std::optional<Timestamp> running_since_;
    std::optional<Outcome> last_;
    WorkerPool worker_;  // last: it uses all of the above
};

}  // namespace weir

#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "pipeline/producer.h"

namespace weir {

// What became of a run's events so far. Thread-safe; progress() takes no lock.
// At the end: produced == acknowledged + failed + what the server rejected.
class Tally {
  public:
    void start(SteadyTime now) { start_ = now.time_since_epoch().count(); }
    void end(SteadyTime now) { end_ = now.time_since_epoch().count(); }

    void set_produced(std::uint64_t events) { produced_.store(events, std::memory_order_relaxed); }
    void add_try(std::size_t bytes, bool again);
    void add(const Verdict& verdict);
    // `unsent`: surely nowhere; others may have been stored or not.
    void add_failed(std::uint64_t events, Error error, bool unsent = false);
    void add_rejected(std::vector<DeadLetter> rows);  // of the input
    // An error that costs no events by itself. Only the first error of all is kept.
    void set_error(Error error);

    // A batch was given up or refused.
    [[nodiscard]] bool has_failed() const { return has_failed_.load(std::memory_order_relaxed); }
    [[nodiscard]] ProducerProgress progress(const Clock& clock) const;
    // The first error, with how many events it left without an acknowledgement and what that means.
    [[nodiscard]] std::optional<Error> error() const;
    [[nodiscard]] std::vector<DeadLetter> first_rejected() const;

  private:
    using Count = std::atomic<std::uint64_t>;
    static void add_to(Count& count, std::uint64_t number) {
        count.fetch_add(number, std::memory_order_relaxed);
    }

    Count produced_ = 0, acknowledged_ = 0, stored_ = 0, duplicates_ = 0, rejected_ = 0, failed_ = 0,
          unsent_ = 0, late_ = 0;
    Count retries_ = 0, batches_ = 0, wire_bytes_ = 0;
    std::atomic<bool> has_failed_ = false;
    static constexpr SteadyTime::rep not_yet = std::numeric_limits<SteadyTime::rep>::min();
    std::atomic<SteadyTime::rep> start_ = not_yet, end_ = not_yet;

    mutable std::mutex mutex_;  // guards error_ and first_rejected_
    std::optional<Error> error_;
    std::vector<DeadLetter> first_rejected_;
};

}  // namespace weir

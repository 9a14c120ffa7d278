#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "codec/row_source.h"
#include "pipeline/producer.h"
#include "pipeline/producer_batching.h"
#include "pipeline/producer_pacing.h"
#include "pipeline/producer_queue.h"
#include "pipeline/producer_tally.h"

namespace weir {

// The producing half of a run: takes rows when they are due, makes events of them, and hands full or
// lingering batches to the queue. Used by one thread.
class ProducerFeed {
  public:
    // All outlive it. `stopped`: produces no more.
    ProducerFeed(const ProducerOptions& options, RowSource& source, Clock& clock, BatchQueue& queue,
                 Tally& tally, const std::atomic<bool>& stopped);

    // Runs until the limit, the source's end, an error of either side, or `stopped`; what was produced is in
    // the queue then.
    void run();

    [[nodiscard]] bool finished() const { return finished_; }  // by the limit or the source's end
    [[nodiscard]] Timestamp first_ts() const { return first_ts_; }
    [[nodiscard]] Timestamp last_ts() const { return last_ts_; }

  private:
    void produce();
    bool next_is_due();
    void wait_until_due();
    bool wait_for_input();
    void emit(const Row& row);
    void flush();
    void flush_if_lingering();
    [[nodiscard]] SteadyTime next_deadline(SteadyTime other) const;
    [[nodiscard]] bool wanted() const { return !stopped_ && !tally_.has_failed(); }

    const ProducerOptions& options_;
    RowSource& source_;
    Clock& clock_;
    BatchQueue& queue_;
    Tally& tally_;
    const std::atomic<bool>& stopped_;
    Pacer pacer_;
    BatchBuilder batch_;
    std::uint64_t produced_ = 0;
    bool finished_ = false;
    Timestamp first_ts_, last_ts_;
};

}  // namespace weir

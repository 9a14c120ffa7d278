#pragma once

#include <atomic>
#include <cstdint>
#include <random>

#include "base/clock.h"
#include "pipeline/producer_tally.h"
#include "transport/transport.h"

namespace weir {

struct RetryPolicy {
    Duration give_up_after;  // since a batch's first try
    Duration base;
    Duration cap;
};

// Full jitter: a random time in [0, min(cap, base * 2^tries)]; `tries` were made before (0: the first wait).
// See M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
Duration full_jitter(const RetryPolicy& policy, std::uint32_t tries, std::mt19937_64& random);

// Sends batches, each again and again with the same bytes until it is acknowledged, refused or given up;
// keeps the tally. One a thread.
//  - A try that fails is followed by a wait of full jitter on top of what the server asked for (retry_after).
//  - A last try is made when give_up_after is over; none when the server asked for more patience than that.
//  - Once another batch of the run was given up, a batch that was never tried gets one try only, so that the
//  run ends soon.
class BatchSender {
  public:
    // `tally` and the others outlive it. `cancelled`: gives up at once.
    BatchSender(Transport& transport, Clock& clock, RetryPolicy policy, Tally& tally,
                const std::atomic<bool>& cancelled);

    // How it ended: acknowledged, refused, or retry for a batch that was given up.
    Delivery deliver(const OutgoingBatch& batch);

  private:
    Delivery give_up(const OutgoingBatch& batch, Delivery last, std::uint32_t tries);
    void wait_until(SteadyTime t);

    Transport& transport_;
    Clock& clock_;
    RetryPolicy policy_;
    Tally& tally_;
    const std::atomic<bool>& cancelled_;
    std::mt19937_64 random_;
};

}  // namespace weir

#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "transport/transport.h"

namespace weir {

// Batches on their way from the producing thread to the sending ones: bounded, so that a slow server slows
// the producer down. Thread-safe.
class BatchQueue {
  public:
    explicit BatchQueue(std::size_t capacity) : capacity_(capacity) {}

    // Waits while the queue is full.
    void push(OutgoingBatch batch);
    // The next batch; waits for one. Nothing once the queue is closed and empty.
    std::optional<OutgoingBatch> pop();

    void close();  // no batch will be pushed any more

    // Bodies that are no longer needed lend their memory to the next ones.
    void give_back(std::string body);
    std::string spare();

  private:
    const std::size_t capacity_;
    std::mutex mutex_;  // guards all below
    std::condition_variable not_full_, not_empty_;
    std::deque<OutgoingBatch> batches_;
    std::vector<std::string> spares_;
    bool closed_ = false;
};

}  // namespace weir

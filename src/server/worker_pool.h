#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace weir {

// A few threads for what may take a while, so that the I/O threads need not wait for it. The queue is
// bounded. Tasks throw nothing.
class WorkerPool {
  public:
    WorkerPool(std::size_t threads, std::size_t max_queued);
    ~WorkerPool();  // stops

    // False when the queue is full or the pool has stopped; the task is dropped then.
    [[nodiscard]] bool submit(std::function<void()> task);
    // Finishes what runs, drops what waits.
    void stop();

  private:
    void run();

    const std::size_t max_queued_;
    std::mutex mutex_;  // guards what follows
    std::condition_variable work_;
    std::deque<std::function<void()>> queue_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace weir

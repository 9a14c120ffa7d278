#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace weir::dynamo {

// Threads that overlap waits for answers; they do not compute. They are started when they are first wanted
// and kept, since a small function would spend a tenth of its time on starting and ending them.
class Crew {
  public:
    // So many tasks at a time, the caller's own thread included; at least 1.
    explicit Crew(std::size_t at_once);
    ~Crew();
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    // Calls task(0) to task(count - 1), on this thread and on the crew's, and returns when all have ended.
    // Thread-safe tasks are the caller's to give; a task may call for_each itself. What a task throws is
    // thrown here, and tasks not yet begun are then left out. Thread-safe.
    void for_each(std::size_t count, const std::function<void(std::size_t)>& task);

  private:
    struct Job;
    void serve();
    void start_threads(std::size_t wanted);

    const std::size_t at_once_;
    std::mutex mutex_;
    std::condition_variable wake_, left_;
    std::deque<Job*> jobs_;  // that want more hands
    bool is_over_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace weir::dynamo

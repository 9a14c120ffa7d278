#include "store/dynamo/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <system_error>

namespace weir::dynamo {

// Lives on the stack of for_each, which leaves last. `hands_wanted` and `hands` are guarded by the crew's
// mutex.
struct Crew::Job {
    const std::function<void(std::size_t)>& task;
    const std::size_t count;
    std::size_t hands_wanted;
    std::size_t hands = 0;  // of the crew, at work on it
    std::atomic<std::size_t> next{0};
    std::mutex mutex{};
    std::exception_ptr thrown{};  // the first

    void work() {
        for (std::size_t i = next++; i < count; i = next++) {
            try {
                task(i);
            } catch (...) {
                const std::scoped_lock lock(mutex);
                if (!thrown) thrown = std::current_exception();
                next = count;
            }
        }
    }
};

Crew::Crew(std::size_t at_once) : at_once_(std::max<std::size_t>(at_once, 1)) {}

Crew::~Crew() {
    {
        const std::scoped_lock lock(mutex_);
        is_over_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_)
        thread.join();
}

void Crew::start_threads(std::size_t wanted) {
    try {
        while (threads_.size() < wanted)
            threads_.emplace_back([this] { serve(); });
    } catch (const std::system_error&) {  // no more threads: the ones there are do the work
    }
}

void Crew::serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [&] { return is_over_ || !jobs_.empty(); });
        if (jobs_.empty()) return;
        Job& job = *jobs_.front();
        if (--job.hands_wanted == 0) jobs_.pop_front();
        ++job.hands;
        lock.unlock();
        job.work();
        lock.lock();
        if (--job.hands == 0) left_.notify_all();
    }
}

void Crew::for_each(std::size_t count, const std::function<void(std::size_t)>& task) {
    const std::size_t hands = std::min(count, at_once_);
    Job job{.task = task, .count = count, .hands_wanted = hands > 0 ? hands - 1 : 0};
    if (job.hands_wanted > 0) {
        const std::scoped_lock lock(mutex_);
        start_threads(job.hands_wanted);
        jobs_.push_back(&job);
    }
    for (std::size_t i = 1; i < hands; ++i)
        wake_.notify_one();
    job.work();
    {
        std::unique_lock lock(mutex_);
        std::erase(jobs_, &job);
        left_.wait(lock, [&] { return job.hands == 0; });
    }
    if (job.thrown) std::rethrow_exception(job.thrown);
}

}  // namespace weir::dynamo

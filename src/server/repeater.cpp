#include "server/repeater.h"

#include <utility>

namespace weir {

Repeater::Repeater(Duration pause, std::function<void()> task) {
    thread_ = std::thread([this, pause, task = std::move(task)] {
        std::unique_lock lock(mutex_);
        while (!wake_.wait_for(lock, pause, [&] { return stopping_; })) {
            lock.unlock();
            task();
            lock.lock();
        }
    });
}

Repeater::~Repeater() {
    stop();
}

void Repeater::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        wake_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
}

}  // namespace weir

#include "pipeline/producer_queue.h"

#include <utility>

namespace weir {

void BatchQueue::push(OutgoingBatch batch) {
    std::unique_lock lock(mutex_);
    not_full_.wait(lock, [&] { return batches_.size() < capacity_; });
    batches_.push_back(std::move(batch));
    lock.unlock();
    not_empty_.notify_one();
}

std::optional<OutgoingBatch> BatchQueue::pop() {
    std::unique_lock lock(mutex_);
    not_empty_.wait(lock, [&] { return !batches_.empty() || closed_; });
    if (batches_.empty()) return std::nullopt;
    OutgoingBatch batch = std::move(batches_.front());
    batches_.pop_front();
    lock.unlock();
    not_full_.notify_one();
    return batch;
}

void BatchQueue::close() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    not_empty_.notify_all();
}

void BatchQueue::give_back(std::string body) {
    const std::lock_guard lock(mutex_);
    if (spares_.size() < capacity_) spares_.push_back(std::move(body));
}

std::string BatchQueue::spare() {
    const std::lock_guard lock(mutex_);
    if (spares_.empty()) return {};
    std::string body = std::move(spares_.back());
    spares_.pop_back();
    return body;
}

}  // namespace weir

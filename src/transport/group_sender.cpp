#include "transport/group_sender.h"

#include <algorithm>

namespace weir {

struct GroupSender::Waiting {
    std::shared_ptr<GroupedMessage> message;
    Delivery delivery;
    bool done = false;
};

GroupSender::GroupSender(Limits limits, SendGroup send_group)
    : limits_(limits), send_group_(std::move(send_group)) {}

Delivery GroupSender::send(GroupedMessage message, const std::atomic<bool>& cancelled) {
    const auto own = std::make_shared<Waiting>();
    own->message = std::make_shared<GroupedMessage>(std::move(message));
    std::unique_lock lock(mutex_);
    queue_.push_back(own);
    while (!own->done) {
        if (cancelled) {
            std::erase(queue_, own);
            changed_.notify_all();
            return cancelled_delivery();
        }
        if (may_lead())
            lead(lock);
        else
            changed_.wait(lock);
    }
    return std::move(own->delivery);
}

// Taking the lock orders this after a waiter's look at `cancelled` and before its wait.
void GroupSender::wake() {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
}

bool GroupSender::may_lead() const {
    if (queue_.empty() || running_ >= limits_.requests) return false;
    if (running_ == 0 || queue_.size() >= limits_.messages) return true;
    std::size_t bytes = 0;
    for (const auto& waiting : queue_)
        bytes += waiting->message->bytes;
    return bytes > limits_.bytes;
}

std::vector<std::shared_ptr<GroupSender::Waiting>> GroupSender::take_group() {
    std::vector<std::shared_ptr<Waiting>> group;
    std::size_t bytes = 0;
    while (!queue_.empty() && group.size() < limits_.messages) {
        bytes += queue_.front()->message->bytes;
        if (!group.empty() && bytes > limits_.bytes) break;
        group.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    return group;
}

void GroupSender::lead(std::unique_lock<std::mutex>& lock) {
    const auto group = take_group();
    ++running_;
    lock.unlock();
    std::vector<std::shared_ptr<GroupedMessage>> messages;
    messages.reserve(group.size());
    for (const auto& waiting : group)
        messages.push_back(waiting->message);
    std::vector<Delivery> deliveries = send_group_(messages);
    lock.lock();
    --running_;
    for (std::size_t i = 0; i < group.size(); ++i) {
        if (i < deliveries.size())
            group[i]->delivery = std::move(deliveries[i]);
        else
            group[i]->delivery.error = {ErrorCode::unreachable,
                                        "answer-invalid",
                                        "the service answered about fewer messages than were sent",
                                        {}};
        group[i]->done = true;
    }
    changed_.notify_all();
}

Delivery cancelled_delivery() {
    Delivery delivery;
    delivery.error = {ErrorCode::interrupted, "cancelled", "the send was cancelled", {}};
    return delivery;
}

}  // namespace weir

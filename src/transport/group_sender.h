#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "transport/transport.h"

namespace weir {

// One batch as one message, ready to be sent.
struct GroupedMessage {
    std::string batch_id;
    std::string body;
    std::uint64_t events = 0;
    std::uint64_t first_sequence = 0;  // as in OutgoingBatch
    bool compressed = false;           // the batch was, before it became a message
    std::size_t bytes = 0;             // as the service counts its limits
};

// Combines the messages of threads that wait at the same moment into one request. No thread of its own: one
// of those that wait sends for all (up to the limits) while the others wait for their part of the answer.
// While a request runs, a second one is begun only when it would be full, so that few requests with many
// messages are made. Holds no more than one message a waiting thread. Thread-safe.
class GroupSender {
  public:
    struct Limits {
        std::size_t messages = 1;  // of a request
        std::size_t bytes = 0;     // of its messages together; one message alone may be as large
        std::size_t requests = 8;  // at once
    };
    // Sends one request; one Delivery a message, in order.
    using SendGroup = std::function<std::vector<Delivery>(std::span<const std::shared_ptr<GroupedMessage>>)>;

    GroupSender(Limits limits, SendGroup send_group);

    // Blocks until the message's own Delivery is known, or until `cancelled` is set and wake() was called. A
    // message that was on its way then may have arrived.
    Delivery send(GroupedMessage message, const std::atomic<bool>& cancelled);
    void wake();

  private:
    struct Waiting;
    [[nodiscard]] bool may_lead() const;
    std::vector<std::shared_ptr<Waiting>> take_group();
    void lead(std::unique_lock<std::mutex>& lock);

    const Limits limits_;
    const SendGroup send_group_;
    std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    std::deque<std::shared_ptr<Waiting>> queue_;
    std::size_t running_ = 0;
};

// The Delivery of a send that was cancelled.
Delivery cancelled_delivery();

}  // namespace weir

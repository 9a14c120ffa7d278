#include "transport/sqs_transport.h"

#include <atomic>
#include <utility>

#include "transport/group_sender.h"
#include "transport/service_delivery.h"

namespace weir {
namespace {

// What the transports of one maker share. Thread-safe.
class SqsQueue {
  public:
    SqsQueue(aws::Sqs& sqs, std::string url, const std::string& name, std::function<void()> on_cancel)
        : sqs_(sqs),
          url_(std::move(url)),
          place_("the queue " + name),
          on_cancel_(std::move(on_cancel)),
          sender_({aws::max_sqs_batch, aws::max_sqs_bytes}, [this](auto group) {
              return send_or_part(group, place_, [this](auto part) { return send(part); });
          }) {}

    Delivery deliver(const OutgoingBatch& batch, const std::atomic<bool>& cancelled) {
        GroupedMessage message = as_message(batch, MessageForm::text, 0);
        if (message.bytes > aws::max_sqs_bytes) return message_too_large(message, place_, aws::max_sqs_bytes);
        return sender_.send(std::move(message), cancelled);
    }
    void cancel() {
        sender_.wake();
        if (on_cancel_) on_cancel_();
    }

  private:
    Result<std::vector<Delivery>> send(std::span<const std::shared_ptr<GroupedMessage>> group) {
        std::vector<std::string> bodies;
        bodies.reserve(group.size());
        for (const auto& message : group)
            bodies.push_back(message->body);
        auto answers = sqs_.send(url_, bodies);
        if (!answers) return fail(std::move(answers).error());
        std::vector<Delivery> deliveries;
        for (std::size_t i = 0; i < std::min(answers->size(), group.size()); ++i) {
            const aws::SqsSent& sent = (*answers)[i];
            deliveries.push_back(
                sent.sent ? accepted(*group[i])
                          : not_taken(*group[i], place_, sent.code, sent.message, !sent.sender_fault));
        }
        return deliveries;
    }

    aws::Sqs& sqs_;
    const std::string url_;
    const std::string place_;
    const std::function<void()> on_cancel_;
    GroupSender sender_;
};

class SqsTransport final : public Transport {
  public:
    explicit SqsTransport(std::shared_ptr<SqsQueue> queue) : queue_(std::move(queue)) {}
    Delivery send(const OutgoingBatch& batch) override {
        return cancelled_ ? cancelled_delivery() : queue_->deliver(batch, cancelled_);
    }
    void cancel() override {
        cancelled_ = true;
        queue_->cancel();
    }

  private:
    std::shared_ptr<SqsQueue> queue_;
    std::atomic<bool> cancelled_ = false;
};

}  // namespace

Result<std::function<std::unique_ptr<Transport>()>> make_sqs_transports(aws::Sqs& sqs,
                                                                        const std::string& queue,
                                                                        std::function<void()> on_cancel) {
    auto url = sqs.queue_url(queue);
    if (!url) return fail(failed_request(url.error(), "the queue " + queue).error);
    const auto shared = std::make_shared<SqsQueue>(sqs, *std::move(url), queue, std::move(on_cancel));
    return std::function<std::unique_ptr<Transport>()>(
        [shared] { return std::make_unique<SqsTransport>(shared); });
}

}  // namespace weir

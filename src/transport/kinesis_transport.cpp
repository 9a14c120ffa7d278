#include "transport/kinesis_transport.h"

#include <atomic>
#include <utility>

#include "transport/group_sender.h"
#include "transport/service_delivery.h"

namespace weir {
namespace {

// What the transports of one maker share. Thread-safe.
class KinesisStream {
  public:
    KinesisStream(aws::Kinesis& kinesis, std::string stream, std::function<void()> on_cancel)
        : kinesis_(kinesis),
          stream_(std::move(stream)),
          place_("the stream " + stream_),
          on_cancel_(std::move(on_cancel)),
          sender_({aws::max_kinesis_records, aws::max_kinesis_request_bytes}, [this](auto group) {
              return send_or_part(group, place_, [this](auto part) { return put(part); });
          }) {}

    Delivery deliver(const OutgoingBatch& batch, const std::atomic<bool>& cancelled) {
        GroupedMessage message = as_message(batch, MessageForm::binary, batch.batch_id.size());
        if (message.bytes > aws::max_kinesis_record_bytes)
            return message_too_large(message, place_, aws::max_kinesis_record_bytes);
        return sender_.send(std::move(message), cancelled);
    }
    void cancel() {
        sender_.wake();
        if (on_cancel_) on_cancel_();
    }

  private:
    Result<std::vector<Delivery>> put(std::span<const std::shared_ptr<GroupedMessage>> group) {
        std::vector<aws::KinesisRecord> records;
        records.reserve(group.size());
        for (const auto& message : group)
            records.push_back({message->batch_id, message->body});
        auto answers = kinesis_.put(stream_, records);
        if (!answers) return fail(std::move(answers).error());
        std::vector<Delivery> deliveries;
        for (std::size_t i = 0; i < std::min(answers->size(), group.size()); ++i) {
            const aws::KinesisPut& answer = (*answers)[i];
            deliveries.push_back(answer.stored
                                     ? accepted(*group[i])
                                     : not_taken(*group[i], place_, answer.code, answer.message, true));
        }
        return deliveries;
    }

    aws::Kinesis& kinesis_;
    const std::string stream_;
    const std::string place_;
    const std::function<void()> on_cancel_;
    GroupSender sender_;
};

class KinesisTransport final : public Transport {
  public:
    explicit KinesisTransport(std::shared_ptr<KinesisStream> stream) : stream_(std::move(stream)) {}
    Delivery send(const OutgoingBatch& batch) override {
        return cancelled_ ? cancelled_delivery() : stream_->deliver(batch, cancelled_);
    }
    void cancel() override {
        cancelled_ = true;
        stream_->cancel();
    }

  private:
    std::shared_ptr<KinesisStream> stream_;
    std::atomic<bool> cancelled_ = false;
};

}  // namespace

Result<std::function<std::unique_ptr<Transport>()>> make_kinesis_transports(aws::Kinesis& kinesis,
                                                                            const std::string& stream,
                                                                            std::function<void()> on_cancel) {
    if (auto found = kinesis.check_stream(stream); !found)
        return fail(failed_request(found.error(), "the stream " + stream).error);
    const auto shared = std::make_shared<KinesisStream>(kinesis, stream, std::move(on_cancel));
    return std::function<std::unique_ptr<Transport>()>(
        [shared] { return std::make_unique<KinesisTransport>(shared); });
}

}  // namespace weir

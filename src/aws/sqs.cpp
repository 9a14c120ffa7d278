#include "aws/sqs.h"

#include <charconv>

#include <fmt/format.h>

#include "aws/json_call.h"
#include "aws/services.h"

namespace weir::aws {
namespace {

using nlohmann::json;

std::int64_t integer(const std::string& text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

Result<void> check_batch(const std::vector<std::string>& bodies) {
    if (bodies.size() > max_sqs_batch)
        return fail(ErrorCode::too_large, "batch-too-large",
                    fmt::format("{} messages in one request; SQS takes {}", bodies.size(), max_sqs_batch),
                    "send fewer at once");
    std::size_t bytes = 0;
    for (const std::string& body : bodies)
        bytes += body.size();
    if (bytes > max_sqs_bytes)
        return fail(ErrorCode::too_large, "batch-too-large",
                    fmt::format("messages of {} bytes in one request; SQS takes {}", bytes, max_sqs_bytes),
                    "send fewer events at once");
    return {};
}

SqsMessage message_of(const json& entry) {
    SqsMessage message{text_member(entry, "MessageId"),
                       text_member(entry, "ReceiptHandle"),
                       text_member(entry, "Body"),
                       0,
                       {}};
    const auto attributes = entry.find("Attributes");
    if (attributes == entry.end() || !attributes->is_object()) return message;
    message.receive_count = integer(text_member(*attributes, "ApproximateReceiveCount"));
    message.sent = timestamp_from_ms(integer(text_member(*attributes, "SentTimestamp")));
    return message;
}

// Whoever was slow may find that the message has become visible again, or is gone: nothing is left to do.
bool is_expired_handle(const Error& error) {
    return error.reason == "ReceiptHandleIsInvalid" || error.reason == "MessageNotInflight" ||
           (error.reason == "InvalidParameterValue" && error.message.find("expired") != std::string::npos);
}

class SqsClient final : public Sqs {
  public:
    explicit SqsClient(Caller& caller) : caller_(caller) {}

    Result<std::string> queue_url(const std::string& queue) override {
        if (queue.starts_with("https://") || queue.starts_with("http://")) return queue;
        const auto answer = call_json(caller_, sqs_service, "GetQueueUrl", json{{"QueueName", queue}});
        if (!answer) return fail(answer.error());
        std::string url = text_member(answer->body, "QueueUrl");
        if (url.empty())
            return fail(ErrorCode::unreachable, "answer-invalid",
                        fmt::format("the answer about the queue {} holds no URL", queue));
        return url;
    }

    Result<std::vector<SqsSent>> send(const std::string& queue_url,
                                      const std::vector<std::string>& bodies) override;
    Result<std::vector<SqsMessage>> receive(const std::string& queue_url, std::chrono::seconds wait,
                                            std::chrono::seconds visibility) override;

    Result<void> remove(const std::string& queue_url, const std::string& receipt_handle) override {
        return settle("DeleteMessage", {{"QueueUrl", queue_url}, {"ReceiptHandle", receipt_handle}});
    }

    Result<void> release(const std::string& queue_url, const std::string& receipt_handle) override {
        return settle("ChangeMessageVisibility",
                      {{"QueueUrl", queue_url}, {"ReceiptHandle", receipt_handle}, {"VisibilityTimeout", 0}});
    }

    Result<std::uint64_t> depth(const std::string& queue_url) override;

  private:
    Result<void> settle(std::string_view operation, const json& input) {
        const auto answer = call_json(caller_, sqs_service, operation, input);
        if (!answer && !is_expired_handle(answer.error())) return fail(answer.error());
        return {};
    }

    Caller& caller_;
};

Result<std::vector<SqsSent>> SqsClient::send(const std::string& queue_url,
                                             const std::vector<std::string>& bodies) {
    if (bodies.empty()) return std::vector<SqsSent>{};
    if (const auto fits = check_batch(bodies); !fits) return fail(fits.error());
    json entries = json::array();
    for (std::size_t i = 0; i < bodies.size(); ++i)
        entries.push_back({{"Id", std::to_string(i)}, {"MessageBody", bodies[i]}});
    const auto answer = call_json(caller_, sqs_service, "SendMessageBatch",
                                  {{"QueueUrl", queue_url}, {"Entries", std::move(entries)}});
    if (!answer) return fail(answer.error());
    std::vector<SqsSent> results(
        bodies.size(), SqsSent{false, false, "NoResult", "the answer says nothing about this message", {}});
    const auto result_of = [&](const json& entry) -> SqsSent* {
        const std::string id = text_member(entry, "Id");
        const auto index = static_cast<std::size_t>(integer(id));
        return id.empty() || index >= results.size() ? nullptr : &results[index];
    };
    for (const json& entry : array_member(answer->body, "Successful"))
        if (SqsSent* result = result_of(entry))
            *result = SqsSent{true, false, {}, {}, text_member(entry, "MessageId")};
    for (const json& entry : array_member(answer->body, "Failed"))
        if (SqsSent* result = result_of(entry))
            *result = SqsSent{false,
                              entry.contains("SenderFault") && entry["SenderFault"] == json(true),
                              text_member(entry, "Code"),
                              text_member(entry, "Message"),
                              {}};
    return results;
}

Result<std::vector<SqsMessage>> SqsClient::receive(const std::string& queue_url, std::chrono::seconds wait,
                                                   std::chrono::seconds visibility) {
    const json input{{"QueueUrl", queue_url},
                     {"MaxNumberOfMessages", max_sqs_batch},
                     {"WaitTimeSeconds", wait.count()},
                     {"VisibilityTimeout", visibility.count()},
                     {"MessageSystemAttributeNames", {"ApproximateReceiveCount", "SentTimestamp"}}};
    const Duration timeout = wait + std::chrono::seconds{10};
    const auto answer = call_json(caller_, sqs_service, "ReceiveMessage", input, {}, timeout);
    if (!answer) return fail(answer.error());
    std::vector<SqsMessage> messages;
    for (const json& entry : array_member(answer->body, "Messages"))
        messages.push_back(message_of(entry));
    return messages;
}

Result<std::uint64_t> SqsClient::depth(const std::string& queue_url) {
    constexpr const char* waiting = "ApproximateNumberOfMessages";
    constexpr const char* in_flight = "ApproximateNumberOfMessagesNotVisible";
    const auto answer = call_json(caller_, sqs_service, "GetQueueAttributes",
                                  {{"QueueUrl", queue_url}, {"AttributeNames", {waiting, in_flight}}});
    if (!answer) return fail(answer.error());
    const auto attributes = answer->body.find("Attributes");
    if (attributes == answer->body.end() || !attributes->is_object()) return 0U;
    return static_cast<std::uint64_t>(integer(text_member(*attributes, waiting)) +
                                      integer(text_member(*attributes, in_flight)));
}

}  // namespace

std::unique_ptr<Sqs> make_sqs(Caller& caller) {
    return std::make_unique<SqsClient>(caller);
}

}  // namespace weir::aws

#include "transport/service_delivery.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"

namespace weir {
namespace {

std::string hint_for(const Error& error) {
    if (!error.hint.empty()) return error.hint;
    switch (error.code) {
        case ErrorCode::unauthorized:
            return "check the credentials (AWS_PROFILE), and that they may send there";
        case ErrorCode::not_found:
            return "check its name and the region (AWS_REGION)";
        default:
            return {};
    }
}

// A batch's only event, as whoever made the run can find it.
std::string name_of_event(const GroupedMessage& message) {
    if (message.first_sequence == 0) return fmt::format("the only event of batch {}", message.batch_id);
    return fmt::format("event {} of the run, alone in batch {},", with_commas(message.first_sequence),
                       message.batch_id);
}

}  // namespace

// The codes by which services say "slower", of messages as of requests.
bool is_throttle(std::string_view code) {
    constexpr std::array<std::string_view, 10> codes{
        "ProvisionedThroughputExceededException",
        "LimitExceededException",
        "KMSThrottlingException",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "TooManyRequestsException",
        "SlowDown",
    };
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

Delivery accepted(const GroupedMessage& message) {
    Delivery delivery;
    delivery.outcome = Delivery::Outcome::acknowledged;
    delivery.verdict.batch_id = message.batch_id;
    delivery.verdict.received = delivery.verdict.stored = message.events;
    return delivery;
}

Delivery not_taken(const GroupedMessage& message, std::string_view place, const std::string& code,
                   const std::string& text, bool may_help) {
    Delivery delivery;
    const bool slower = is_throttle(code);
    if (slower) delivery.retry_after = throttle_wait;
    delivery.outcome = may_help || slower ? Delivery::Outcome::retry : Delivery::Outcome::refused;
    delivery.error = {
        may_help || slower ? (slower ? ErrorCode::overloaded : ErrorCode::unavailable) : ErrorCode::refused,
        code.empty() ? "message-not-taken" : printable(code),
        fmt::format("{} did not take batch {}: {} ({})", place, message.batch_id,
                    text.empty() ? "it gave no reason" : printable(text), printable(code)),
        slower ? "send at a lower --rate, or give it more capacity" : ""};
    return delivery;
}

Delivery failed_request(const Error& error, std::string_view place) {
    Delivery delivery;
    delivery.error = error;
    delivery.error.hint = hint_for(error);
    if (error.code == ErrorCode::interrupted) return delivery;
    delivery.error.message = fmt::format("cannot send to {}: {}", place, error.message);
    switch (error.code) {
        case ErrorCode::usage:
        case ErrorCode::invalid:
        case ErrorCode::unauthorized:
        case ErrorCode::not_found:
        case ErrorCode::too_large:
        case ErrorCode::unsupported:
        case ErrorCode::refused:
            delivery.outcome = Delivery::Outcome::refused;
            break;
        case ErrorCode::overloaded:
            delivery.retry_after = throttle_wait;
            break;
        default:
            break;
    }
    return delivery;
}

bool worth_sending_apart(const Error& error) {
    return error.code == ErrorCode::refused || error.code == ErrorCode::too_large ||
           error.code == ErrorCode::invalid;
}

std::vector<Delivery> send_or_part(
    std::span<const std::shared_ptr<GroupedMessage>> group, std::string_view place,
    const std::function<Result<std::vector<Delivery>>(std::span<const std::shared_ptr<GroupedMessage>>)>&
        request) {
    auto answer = request(group);
    if (answer) return *std::move(answer);
    if (group.size() == 1 || !worth_sending_apart(answer.error()))
        return std::vector<Delivery>(group.size(), failed_request(answer.error(), place));
    std::vector<Delivery> deliveries;
    for (std::size_t i = 0; i < group.size(); ++i)
        deliveries.push_back(send_or_part(group.subspan(i, 1), place, request).at(0));
    return deliveries;
}

GroupedMessage as_message(const OutgoingBatch& batch, MessageForm form, std::size_t key_bytes) {
    GroupedMessage message;
    message.batch_id = batch.batch_id;
    message.events = batch.events;
    message.first_sequence = batch.first_sequence;
    message.compressed = !batch.content_encoding.empty();
    message.body =
        write_message({batch.batch_id, batch.content_type, batch.content_encoding}, batch.body, form);
    message.bytes = message.body.size() + key_bytes;
    return message;
}

Delivery message_too_large(const GroupedMessage& message, std::string_view place, std::size_t limit) {
    Delivery delivery;
    delivery.outcome = Delivery::Outcome::refused;
    delivery.nothing_sent = true;
    const bool one_event = message.events == 1;
    delivery.error = {
        ErrorCode::too_large, one_event ? "event-too-large" : "message-too-large",
        fmt::format("{} makes a message of {} bytes{}; {} takes at most {}: nothing of it was sent",
                    one_event ? name_of_event(message) : "batch " + message.batch_id,
                    with_commas(message.bytes), message.compressed ? ", compressed" : "", place,
                    with_commas(limit)),
        !one_event           ? "send smaller batches: lower --batch-bytes or --batch-events"
        : message.compressed ? "shorten the event"
                             : "shorten the event, or send with --compress zstd"};
    return delivery;
}

}  // namespace weir

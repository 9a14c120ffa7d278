#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/message_envelope.h"
#include "transport/group_sender.h"
#include "transport/transport.h"

namespace weir {

// What the SQS and Kinesis transports share: what a service's answers mean for a batch.

// Until a throttled message may be tried again; the producer's own jitter comes on top.
constexpr Duration throttle_wait{1'000};

bool is_throttle(std::string_view code);

// A service acknowledges that it will deliver: every event of the batch counts as stored.
Delivery accepted(const GroupedMessage& message);

// A message that the service did not take, with its own code for it. `place`: "the queue sensors".
// `may_help`: trying again may.
Delivery not_taken(const GroupedMessage& message, std::string_view place, const std::string& code,
                   const std::string& text, bool may_help);

// A request that failed as a whole. Wrong credentials, something that is not there and what the service
// refuses are refused, with a hint; everything else is worth another try.
Delivery failed_request(const Error& error, std::string_view place);

// Whether the messages of a failed request may each fare better alone: one of them was refused.
bool worth_sending_apart(const Error& error);

// Sends a group, and each of it alone where one message has spoilt the request.
std::vector<Delivery> send_or_part(
    std::span<const std::shared_ptr<GroupedMessage>> group, std::string_view place,
    const std::function<Result<std::vector<Delivery>>(std::span<const std::shared_ptr<GroupedMessage>>)>&
        request);

// A batch as a message of the service; `key_bytes`: what the service adds to the body's size.
GroupedMessage as_message(const OutgoingBatch& batch, MessageForm form, std::size_t key_bytes);

// The answer to a message over `limit`, which the service would refuse: it is not sent. The hint says what to
// change; that smaller batches help is said only of a batch with several events.
Delivery message_too_large(const GroupedMessage& message, std::string_view place, std::size_t limit);

}  // namespace weir

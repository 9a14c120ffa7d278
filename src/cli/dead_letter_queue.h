#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "aws/sqs.h"
#include "base/result.h"

namespace weir::cli {

// What one look at a dead-letter queue finds, most recent tries and all; the messages stay in it. At most
// `limit`.
Result<std::vector<aws::SqsMessage>> peek(aws::Sqs& sqs, const std::string& queue_url, std::size_t limit);

struct Replay {
    std::uint64_t sent = 0;
    std::uint64_t kept = 0;  // that could not be sent back: they are still in the dead-letter queue
};

// Moves every message of a dead-letter queue back to the queue that events are sent to. A message without an
// envelope gets one with its own id as the batch id and the time at which it was sent: should parts of it
// have been stored before it died, nothing is stored or counted twice. A message is deleted from the
// dead-letter queue only after the other queue has it. `progress` is told of each.
Result<Replay> replay(aws::Sqs& sqs, const std::string& from_url, const std::string& to_url,
                      const std::function<void(const Replay&)>& progress);

// The body that is sent back for a message; nothing when it only tells of records that lie in a Kinesis
// stream.
std::optional<std::string> body_to_replay(const aws::SqsMessage& message);

}  // namespace weir::cli

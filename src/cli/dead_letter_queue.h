#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "aws/sqs.h"
#include "base/result.h"
#include "base/time.h"

namespace weir::cli {

// What one look at a dead-letter queue finds, most recent tries and all, of what was sent in that time; the
// messages stay in it. At most `limit`.
Result<std::vector<aws::SqsMessage>> peek(aws::Sqs& sqs, const std::string& queue_url, const TimeRange& sent,
                                          std::size_t limit);

// A message that could not be sent back: it is still in the dead-letter queue.
struct KeptMessage {
    std::string message_id;
    std::string why;  // printable
};

struct Replay {
    std::uint64_t sent = 0;
    std::vector<KeptMessage> kept;
};

// Moves every message of a dead-letter queue back to the queue that events are sent to. A message without an
// envelope gets one with its own id as the batch id and the time at which it was sent: should parts of it
// have been stored before it died, nothing is stored or counted twice. A message is deleted from the
// dead-letter queue only after the other queue has it. One that the other queue would not take is kept and
// costs no other message; a failure that would meet all of them ends the replay. `progress` is told of each
// that is sent.
Result<Replay> replay(aws::Sqs& sqs, const std::string& from_url, const std::string& to_url,
                      const std::function<void(const Replay&)>& progress);

// The body that is sent back for a message; one that its envelope makes too large for a queue is compressed.
// Errors, which say "it" of the message: "stream-batch" when it only tells of records that lie in a Kinesis
// stream, "message-too-large" when it does not fit even compressed.
Result<std::string> body_to_replay(const aws::SqsMessage& message);

}  // namespace weir::cli

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace weir::lambda {

// One message of an event. Views are valid until the reader's next call.
struct ReceivedMessage {
    std::string_view item_id;  // what a partial answer names it by: messageId (SQS), sequenceNumber (Kinesis)
    std::string_view own_id;   // never stands for another message: messageId, eventID
    std::string_view body;     // SQS: as it was sent; Kinesis: still base64
    std::optional<Timestamp> sent;  // SentTimestamp, approximateArrivalTimestamp: the same at every delivery
};

enum class EventSource { sqs, kinesis };

// What an event source mapping invokes a function with (Lambda Developer Guide, "Using Lambda with Amazon
// SQS" and "… Kinesis"). Kinesis messages are of one shard, in the order of their sequence numbers.
struct ReceivedEvent {
    EventSource source = EventSource::sqs;
    std::string from;  // "sqs:<queue>", "kinesis:<stream>"
    std::vector<ReceivedMessage> messages;
};

// Reads such events. What is none is ErrorCode::invalid, "event-unknown"; the message says what was expected.
// An event with one record that cannot be named in an answer is refused whole. Not thread-safe; reuses its
// buffers.
class EventReader {
  public:
    EventReader();
    ~EventReader();
    // Read in place when the text has room for a parser behind it, as RuntimeApi gives it.
    Result<ReceivedEvent> read(const std::string& json);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace weir::lambda

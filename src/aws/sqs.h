#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "aws/call.h"
#include "base/result.h"
#include "base/time.h"

namespace weir::aws {

constexpr std::size_t max_sqs_bytes =
    1'048'576;  // of a message and of all messages of a request (Developer Guide, "Message quotas")
constexpr std::size_t max_sqs_batch = 10;

struct SqsMessage {
    std::string message_id;
    std::string receipt_handle;
    std::string body;
    std::int64_t receive_count = 0;
    Timestamp sent;
};

// What became of one message of a batch.
struct SqsSent {
    bool sent = false;
    bool sender_fault = false;  // AWS says that trying again is useless
    std::string code;           // "InvalidMessageContents"
    std::string message;
    std::string message_id;
};

// A queue. Thread-safe. Errors are those of Caller.
class Sqs {
  public:
    virtual ~Sqs() = default;
    // `queue`: a name or a URL (returned as it is).
    virtual Result<std::string> queue_url(const std::string& queue) = 0;
    // At most max_sqs_batch bodies of max_sqs_bytes together; one result a body, in order.
    virtual Result<std::vector<SqsSent>> send(const std::string& queue_url,
                                              const std::vector<std::string>& bodies) = 0;
    // At most 10 messages; waits for one at most so long (0 to 20 s). They stay hidden for `visibility`.
    virtual Result<std::vector<SqsMessage>> receive(const std::string& queue_url, std::chrono::seconds wait,
                                                    std::chrono::seconds visibility) = 0;
    // A handle that has expired is no error.
    virtual Result<void> remove(const std::string& queue_url, const std::string& receipt_handle) = 0;
    virtual Result<void> release(const std::string& queue_url,
                                 const std::string& receipt_handle) = 0;  // visible at once
    // Messages waiting and in flight, about.
    virtual Result<std::uint64_t> depth(const std::string& queue_url) = 0;
};

std::unique_ptr<Sqs> make_sqs(Caller& caller);

}  // namespace weir::aws

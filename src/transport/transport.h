#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "event/verdict.h"

namespace weir {

// A batch on its way: the same bytes under the same batch_id, however often it is tried.
struct OutgoingBatch {
    std::string batch_id;
    std::string body;              // encoded as content_encoding says
    std::string content_type;      // application/x-ndjson or text/csv
    std::string content_encoding;  // zstd or empty
    std::uint64_t events = 0;
    std::uint64_t first_sequence = 0;  // the first event's number in the run, from 1; 0: not known
};

struct Delivery {
    enum class Outcome {
        acknowledged,  // `verdict` holds: stored, duplicates and rejected lines are all accounted for
        retry,         // not known or not possible now: send the same batch again, not before retry_after
        refused,       // will never succeed: see error
    };
    Outcome outcome = Outcome::retry;
    Verdict verdict;
    Error error;
    Duration retry_after{0};
    bool nothing_sent = false;  // refused before anything of the batch was on its way
};

// Where a batch is sent. Blocking. One object a thread; `cancel` may be called from any thread and makes
// every running and later send return retry with ErrorCode::interrupted.
class Transport {
  public:
    virtual ~Transport() = default;
    virtual Delivery send(const OutgoingBatch& batch) = 0;
    virtual void cancel() = 0;
};

}  // namespace weir

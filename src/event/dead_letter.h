#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"
#include "event/reject_reason.h"

namespace weir {

// A line that could not become an event, kept whole. `id` is given by the store: its position in the order of
// arrival.
struct DeadLetter {
    std::uint64_t id = 0;
    Timestamp received_at;
    std::string batch_id;
    std::string source;      // where it came from: the peer's address
    std::uint64_t line = 0;  // its number in the batch, from 1 (in CSV the header is line 1)
    RejectReason reason = RejectReason::json_invalid;
    std::string message;  // for a person: what was found and what was expected
    std::string bytes;    // the original line, unchanged

    bool operator==(const DeadLetter&) const = default;
};

}  // namespace weir

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "event/reject_reason.h"

namespace weir {

// The first so many rejected lines are named in a verdict; all of them are dead letters.
constexpr std::size_t max_line_errors = 100;

struct LineError {
    std::uint64_t line = 0;  // from 1
    RejectReason reason = RejectReason::json_invalid;
    std::string message;
    bool operator==(const LineError&) const = default;
};

// What became of a batch. Invariant: received == stored + duplicates + rejected; late <= stored.
struct Verdict {
    std::string batch_id;
    std::uint64_t received = 0;
    std::uint64_t stored = 0;
    std::uint64_t duplicates = 0;  // events with the id of an event that was stored before
    std::uint64_t rejected = 0;
    std::uint64_t late = 0;         // stored, but later than the allowed lateness after their ts
    std::vector<LineError> errors;  // the first max_line_errors of the rejected
    bool replayed = false;  // the same batch was committed before: these are its first verdict's numbers

    bool operator==(const Verdict&) const = default;
};

// Everything that was ever acknowledged or refused line by line. Invariant: received == stored + duplicates +
// rejected. A replayed batch adds all its lines to received and to duplicates.
struct Ledger {
    std::uint64_t received = 0;
    std::uint64_t stored = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t rejected = 0;
    std::uint64_t late = 0;
    std::uint64_t batches = 0;  // batches with a verdict of their own
    std::uint64_t replays = 0;  // batches that came again

    [[nodiscard]] bool balances() const { return received == stored + duplicates + rejected; }
    bool operator==(const Ledger&) const = default;
};

}  // namespace weir

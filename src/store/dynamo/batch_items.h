#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "aws/encoded_item.h"
#include "base/result.h"
#include "event/batch.h"
#include "event/verdict.h"
#include "store/dynamo_store.h"

namespace weir::dynamo {

// A minute whose panes a batch changed, and from when on a row over it may have been made final without it.
struct ChangedMinute {
    std::int64_t minute = 0;
    Timestamp may_be_final;
};

// Everything that a batch is written as, but for its marker: it follows from the batch, the time at which it
// was received first, and the options, and from nothing else.
struct BatchItems {
    aws::EncodedItems raw;     // events and dead letters
    aws::EncodedItems deltas;  // to be written when all of raw is
    std::vector<ChangedMinute> changed;
    std::set<std::int64_t> minutes;  // in which any of them lies
    Verdict verdict;
};
Result<BatchItems> batch_items(const Batch& batch, Timestamp received_at, const DynamoOptions& options);

// That a minute is to be counted again: the item DIRTY / <minute>, with `version` (a random number, another
// one at each write) and `expires`.
aws::Item dirty_mark(std::int64_t minute, Duration retention);
constexpr std::string_view dirty_partition = "DIRTY";

// Functions' clocks, and a schedule that fires early, may be off by so much.
constexpr Duration clock_tolerance{std::chrono::seconds{10}};
// No event lies further ahead of the time at which it is received.
constexpr Duration most_ahead{std::chrono::hours{24}};

}  // namespace weir::dynamo

#pragma once

#include "aws/dynamodb.h"
#include "base/result.h"
#include "event/batch.h"

namespace weir::dynamo {

// That a batch was begun: the item B#<batch> / B.
//   content      text: the hash of the batch's content, 32 hex digits
//   received_at  text, RFC 3339: when the batch was received first. Whoever commits it again counts with this
//                time, so that the same events are late and every item is the same.
//   expires
struct Marked {
    Timestamp received_at;
    bool replayed = false;  // it was there before
};

// Writes the marker before anything else of the batch, or reads the one that is there. ErrorCode::conflict
// "batch-conflict" when that one stands for other content.
Result<Marked> mark_batch(aws::DynamoDb& db, const std::string& events_table, const Batch& batch,
                          Duration retention, Timestamp now);

}  // namespace weir::dynamo

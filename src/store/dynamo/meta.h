#pragma once

#include <optional>
#include <string>

#include "aws/dynamodb.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/dynamo_store.h"

namespace weir::dynamo {

// What the tables were made for: the item META / META of the events table.
//   format                       number: 1
//   group_by, view               text
//   size, pane, slide, lateness  numbers: the window, in milliseconds
//   shards                       number
//   retention                    number: milliseconds, as the writer has it now
//   created                      text, RFC 3339: no batch was received earlier. The first writer's time;
//   moved
//                                back when a batch comes that had waited longer.
struct Meta {
    StoreIdentity identity;
    unsigned shards = 0;
    Duration retention{0};
    Timestamp created;
};
constexpr std::int64_t format_version = 1;

// Errors: ErrorCode::not_found (no such table, with a hint), ErrorCode::unsupported "store-newer",
// ErrorCode::storage.
Result<std::optional<Meta>> read_meta(aws::DynamoDb& db, const std::string& events_table);

// For a writer: reads META or writes it, compares it with the options ("store-identity"), and writes the
// retention if it is another one.
Result<Meta> open_meta(aws::DynamoDb& db, const DynamoOptions& options, Timestamp now);

// Moves `created` back to `received_at` if it is later.
Result<void> move_created_back(aws::DynamoDb& db, const DynamoOptions& options, Timestamp received_at);

}  // namespace weir::dynamo

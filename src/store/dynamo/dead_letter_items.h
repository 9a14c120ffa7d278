#pragma once

#include <vector>

#include "aws/attribute_value.h"
#include "base/result.h"
#include "event/batch.h"
#include "event/dead_letter.h"

namespace weir::dynamo {

// A dead letter, in the partition X#<minute in which its batch was received>:
//   sk           <id, 16 hex digits>#<batch>#<line, 10 digits>: sorts by id (see dead_letter_id)
//   received_at  text, RFC 3339
//   batch, source, reason, message   text
//   line         number
//   bytes        bytes: the line as it came; or, for long ones that get shorter by it,
//   zstd         bytes: the line compressed (RFC 8878)
//   expires
// What is over an item's limit goes on in parts (parts.h).
std::vector<aws::Item> dead_letter_items(const Batch& batch, Timestamp received_at, Duration retention);

// The letter in a joined item. ErrorCode::storage, "item-unreadable".
Result<DeadLetter> dead_letter_of(const aws::Item& item);

constexpr std::string_view letter_bytes = "bytes";
constexpr std::string_view letter_zstd = "zstd";

}  // namespace weir::dynamo

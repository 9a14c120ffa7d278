#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "aws/attribute_value.h"
#include "base/result.h"
#include "event/aggregate_row.h"

namespace weir::dynamo {

// An aggregate row in the table `aggregates`, readable by anyone:
//   pk            <view>, or RUN#<run_id>
//   sk            <window_end>, RFC 3339 with milliseconds; also `window_end` and `updated`
//   window_start, computed_at   text, RFC 3339
//   view, run_id  text (run_id is absent in a scheduled row)
//   total, late, revision, schema (1)   numbers
//   as_of         number: epoch milliseconds at which the reading of the counts began. A row is written over
//                 another only when its as_of is not smaller, so that an overlapping older computation never
//                 wins.
//   final         boolean
//   counts        map: key -> number
//   expires
// A row over an item's limit keeps its first counts and says in `parts` how many more items there are, pk
// <pk>#part, sk <window_end>#<as_of>#<nnn> from 000: `counts` and `expires`, the keys ascending throughout.
// They are written before the row and never altered, so that whoever reads the row finds its own.
struct RowItems {
    aws::Item row;
    std::vector<aws::Item> parts;
};
constexpr std::size_t max_row_bytes = std::size_t{400} * 1024;

RowItems row_items(const AggregateRow& row, Duration retention, std::size_t max_bytes = max_row_bytes);

std::string row_partition(const AggregateRow& row);
std::string part_partition(const std::string& row_partition);
// What all parts of the row in `item` have in front of their number.
std::string part_prefix(const aws::Item& item);

// The row in an item, without the counts of its parts. ErrorCode::storage, "item-unreadable".
Result<AggregateRow> row_of(const aws::Item& item);
Result<void> add_counts(const aws::Item& item, KeyCounts& counts);

}  // namespace weir::dynamo

#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "aws/dynamodb.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/memory_store.h"
#include "store/store.h"

namespace weir {

// How raw events lie in the table. Readers read both, also side by side.
enum class Layout {
    rows,   // an item an event, readable by anyone
    blocks  // compressed items of many events: an order of magnitude cheaper
};

constexpr unsigned max_shards = 64;

struct DynamoOptions {
    std::string events_table;
    std::string aggregates_table;
    StoreIdentity identity;
    Layout layout = Layout::rows;
    unsigned shards = 4;  // partitions that the raw events of a minute are spread over (1 to max_shards)
    Duration retention{std::chrono::hours{24 * 7}};
    std::size_t connections = 8;  // requests at once
};

// The Store on two DynamoDB tables (docs/aws.md; the items are documented in store/dynamo/*.h, where they are
// defined). What is different from the embedded one:
//  - Exactly once by derived keys: every item of a batch follows from the batch alone, so that a batch that
//  comes again, after whatever part of it was written, rewrites the same items. commit answers for each batch
//  by itself: there is no atomic group, and an outer error only when nothing could be tried.
//  - has_positions() is false: as_of is the time at which a reading began, a scan gives what is there,
//  ordered
//    by minute, shard and sort key, and ScanRequest::as_of is ignored. An event that arrives while a scan is
//    interrupted may shift its cursor, so that an event is seen twice after going on, never none.
//  - Events are told apart within their batch only: an event_id that comes in two batches is stored twice.
//  - A batch that came again answers with replayed = true, and adds nothing to the ledger.
//  - A dead letter's id says when it was received (see store/dynamo/keys.h); ids are not consecutive.
//  - Dirty panes are marked a minute at a time, and only where a row may have been made final already.
//  - What is older than the retention (and a day) is dropped by the table's time to live, so that drop_before
//    does nothing. Reads pass over what is expired and not yet deleted.
//  - An event lies at most a day ahead of the clock, and no event reaches the table that is older than the
//  retention when it is received (the decoder's limits see to that).
// Reads are strongly consistent and paginated; nothing is ever scanned. Threads: see Store. The threads
// that overlap requests end with the store.
//
// For the functions. Checks the table's META item, or writes it. Errors: ErrorCode::not_found (no such
// table), ErrorCode::conflict "store-identity" (the table was made with another group-by field, view, window
// or number of shards; the message names both), ErrorCode::unsupported "store-newer", ErrorCode::usage
// "shards-invalid". `db` and `clock` must outlive the store.
Result<std::unique_ptr<Store>> open_dynamo_store(aws::DynamoDb& db, DynamoOptions options,
                                                 const Clock& clock);

// What a reader found in META.
struct DynamoReader {
    std::unique_ptr<StoreReader> store;
    StoreIdentity identity;
    unsigned shards = 0;
    Duration retention{0};
};

// For the command line: everything comes from META. ErrorCode::not_found when there is no such table or
// nothing was ever stored in it ("store-empty").
Result<DynamoReader> open_dynamo_reader(aws::DynamoDb& db, std::string events_table,
                                        std::string aggregates_table, const Clock& clock);

}  // namespace weir

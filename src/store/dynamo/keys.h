#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "aws/attribute_value.h"
#include "base/time.h"

namespace weir::dynamo {

// The keys of the two tables. Both have the strings `pk` and `sk`, and the time to live `expires` (epoch
// seconds). Minutes are UTC: 2026-11-24T00:15.
//
// events:
//   META                 META                                   meta.h
//   B#<batch>            B                                      marker.h: a batch was begun
//   E#<minute>#<shard>   <ts>#<event_id>#<batch>                raw_items.h: an event
//   E#<minute>#<shard>   ~<batch>#<nnnn>                        raw_items.h: a block of events
//   D#<minute>           <batch>  and  <batch>#<nnnn>           delta_items.h: a batch's counts, its ledger
//   X#<minute>           <id, 16 hex digits>#<batch>#<line>     dead_letter_items.h
//   DIRTY                <minute>                               a minute to be counted again
//   M#<day>              <hh:mm>                                a minute that may have items (minute_index.h)
// aggregates:
//   <view>               <window_end>                           row_items.h: a scheduled row
//   RUN#<run_id>         <window_end>                           the row of a run
//   <pk>#part            <window_end>#<as_of>#<nnn>             more counts of a row over 400 KB
// Anything too large for an item goes on in <sk>#<nnn> (parts.h).
//
// Raw events lie in the minute of their ts, counts in the minute that their pane begins in, ledger numbers
// and dead letters in the minute in which the batch was received. `~` sorts after every digit. The batch in
// an event's key makes raw events and counts agree even when a producer wrongly sends an event in two
// batches.

// A batch id, event id, run id or view as a part of a key: `%` and `#` in it become %25 and %23, so that
// different ids never make one key.
std::string key_part(std::string_view id);
void append_key_part(std::string& key, std::string_view id);

std::int64_t minute_of(Timestamp t);  // minutes since the epoch
Timestamp start_of(std::int64_t minute);
std::string format_minute(std::int64_t minute);

std::string marker_partition(std::string_view batch_id);
std::string raw_partition(std::int64_t minute, unsigned shard);
std::string delta_partition(std::int64_t minute);
std::string dead_letter_partition(std::int64_t minute);
std::string run_partition(std::string_view run_id);

// All raw events of a batch lie in one shard.
unsigned shard_of(std::string_view batch_id, unsigned shards);

// The id of a dead letter: the milliseconds since the epoch at which its batch was received, and 22 bits that
// follow from the batch and the line, so that a batch that comes again gives the same. Letters of a batch
// follow each other; two letters may share an id.
std::uint64_t dead_letter_id(Timestamp received_at, std::string_view batch_id, std::uint64_t line);
Timestamp received_at_of(std::uint64_t dead_letter_id);
std::string dead_letter_sort_key(std::uint64_t id, std::string_view batch_id, std::uint64_t line);
// The lowest sort key of a dead letter with this id or a greater one.
std::string dead_letter_sort_key(std::uint64_t id);

// Items outlive their time by the retention and a day, rounded up to a second: TTL deletes no sooner.
constexpr Duration expiry_margin{std::chrono::hours{24}};
aws::Attribute expires_at(Timestamp t, Duration retention);
std::int64_t expiry_seconds(Timestamp t, Duration retention);  // the same, as a number
// Of something that belongs to a whole minute.
aws::Attribute minute_expires_at(std::int64_t minute, Duration retention);
// TTL deletes late, by days: what is expired is not there any more, whether deleted or not.
bool is_expired(const aws::Item& item, Timestamp now);

}  // namespace weir::dynamo

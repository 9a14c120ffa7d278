#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"
#include "event/aggregate_row.h"
#include "event/dead_letter.h"
#include "event/verdict.h"
#include "store/memory_store.h"

namespace weir::rocks {

// The small records. Each begins with a u8 format version, 1; the fields follow in the order given (see
// encoding.h). Texts and keys are bytes, numbers and counts are varint, times are time, where nothing else is
// said. Reading fails with "store-corrupt", or with "store-newer" for a version above.
constexpr std::uint8_t record_version = 1;

// The whole folder's format. A weir that does not know it refuses the folder.
constexpr std::uint64_t data_version = 1;

// meta 'identity': data version, pane (milliseconds), group-by field.
struct StoredIdentity {
    std::uint64_t version = data_version;
    Duration pane{0};
    std::string group_by;
};
std::string encode(const StoredIdentity& identity);
Result<StoredIdentity> decode_identity(std::string_view value);

// meta 'state', written with every commit: position, oldest position still kept, last dead letter's id, then
// the ledger's received, stored, duplicates, rejected, late, batches, replays.
struct StoredState {
    std::uint64_t position = 0;
    std::uint64_t oldest_position = 1;
    std::uint64_t last_dead_letter = 0;
    Ledger ledger;
};
std::string encode(const StoredState& state);
Result<StoredState> decode_state(std::string_view value);

// batches: content hash (two big64), position of its block, then the verdict: received, stored, duplicates,
// rejected, late, number of line errors, each: line, code (bytes), message.
struct BatchMarker {
    Hash128 content;
    std::uint64_t position = 0;
    Verdict verdict;  // without the batch_id, which is the key
};
std::string encode(const BatchMarker& marker);
Result<BatchMarker> decode_marker(std::string_view batch_id, std::string_view value);

// dead_letters: received_at, batch_id, source, line, code (bytes), message, bytes.
std::string encode(const DeadLetter& letter);
Result<DeadLetter> decode_dead_letter(std::uint64_t id, std::string_view value);

// aggregates: view, window_start, window_end, total, late, revision, u8 final, run_id, computed_at, as_of,
// number of keys, each: key, count.
std::string encode(const AggregateRow& row);
Result<AggregateRow> decode_row(std::string_view value);

// panes: a count as 8 bytes, least significant first, so that the merge is an addition.
std::string encode_count(std::uint64_t count);
Result<std::uint64_t> decode_count(std::string_view value);

}  // namespace weir::rocks

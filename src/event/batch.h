#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/time.h"
#include "event/dead_letter.h"
#include "event/event.h"

namespace weir {

// The form of a batch's lines. In csv every line is one record (it may hold line breaks inside quotes) and
// the batch carries the header that names its cells.
enum class LineFormat : std::uint8_t { ndjson = 0, csv = 1 };

constexpr std::uint32_t no_producer = std::numeric_limits<std::uint32_t>::max();

// One accepted event of a Batch. Indices and offsets refer to the Batch it stands in.
struct EventRecord {
    std::uint32_t offset = 0;  // of the line in Batch::text, bytes
    std::uint32_t length = 0;  // of the line without its line break, bytes
    std::uint32_t key = 0;     // index into Batch::keys
    std::uint32_t producer =
        no_producer;             // index into Batch::producers; no_producer: event_id of another form
    std::uint64_t sequence = 0;  // meaningful with a producer
    Timestamp ts;
};

// The maker of events with ids of weir's own form: see ProducerSequence.
struct ProducerId {
    std::string run;
    std::uint8_t width = 0;
    bool operator==(const ProducerId&) const = default;
};

// What a codec makes of one request or message, and what a Store commits: the unit that is sent, stored and
// retried. Invariant: received == events.size() + rejected.size().
struct Batch {
    std::string batch_id;  // is_valid_id
    Hash128 content;       // of the decompressed body as it came, with its format
    LineFormat format = LineFormat::ndjson;
    std::string csv_header;             // the header record, for csv only, without its line break
    std::string text;                   // owns the lines
    std::vector<EventRecord> events;    // the accepted lines, in the order they came
    std::vector<Key> keys;              // distinct
    std::vector<ProducerId> producers;  // distinct
    // hash128 of the event_ids of the events without a producer, in their order; empty where the maker of the
    // batch was not asked for them (EventLimits::hash_foreign_ids).
    std::vector<Hash128> foreign_ids;
    std::vector<DeadLetter> rejected;  // the lines that are no events, in the order they came
    std::uint64_t received = 0;        // lines in all
    Timestamp received_at;
    std::string source;  // the peer's address, for a person
    // Whether batch_id can never stand for other content, because whoever carried the batch gave it (the id
    // of a message, not of its sender). A store may then save itself the look for a conflict.
    bool id_is_unique = false;

    // The zstd frames that `text` came in, whole and checked (their content is `text`); else empty. A store
    // may keep them in place of compressing the text itself.
    std::string frames;

    // What Store::prepare made of the lines ahead of the commit. Nobody else reads it, and text and events
    // stay as they are after it.
    bool prepared = false;
    std::string packed;            // the lines, compressed; empty where that does not pay
    std::size_t packed_bytes = 0;  // that `packed` unpacks to: the lines and gaps, and what follows the last

    [[nodiscard]] std::string_view line(const EventRecord& event) const {
        return std::string_view(text).substr(event.offset, event.length);
    }
};

}  // namespace weir

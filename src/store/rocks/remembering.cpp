#include <algorithm>
#include <chrono>
#include <new>

#include <fmt/format.h>

#include "base/log.h"
#include "codec/stored_lines.h"
#include "store/rocks/encoding.h"
#include "store/rocks/engine.h"

namespace weir::rocks {
namespace {

using Seconds = std::chrono::duration<double>;

// Appends the hash of the line's event_id, unless it has a producer.
Result<void> add_foreign_id(const Result<EventView>& event, std::vector<Hash128>& out) {
    if (!event) return fail(event.error());
    ProducerSequence parts;
    if (!parse_producer_sequence(event->event_id, parts)) out.push_back(hash128(event->event_id));
    return {};
}

// Those of a whole block. `unpacked` is used again for each.
Result<void> add_foreign_ids(const BlockHeader& block, std::uint64_t position, StoredLineReader& reader,
                             std::string& unpacked, std::vector<Hash128>& out) {
    const auto text = unpack_block(block, position, unpacked);
    if (!text) return fail(text.error());
    std::size_t start = 0;  // of the segment
    for (const Segment& segment : block.segments) {
        Decoder lengths(segment.lengths);
        std::size_t at = start;
        for (std::uint64_t i = 0; i < segment.events; ++i) {
            const std::size_t length = lengths.varint();
            const auto event = reader.read(segment.format, segment.csv_header, text->substr(at, length));
            if (auto added = add_foreign_id(event, out); !added) return added;
            at += length + segment.gap;
        }
        start += segment.bytes;
    }
    return {};
}

}  // namespace

Result<void> RocksStore::read_ids(Batch& batch) const {
    if (!batch.foreign_ids.empty()) return {};
    const auto is_foreign = [](const EventRecord& event) { return event.producer == no_producer; };
    if (std::ranges::none_of(batch.events, is_foreign)) return {};
    StoredLineReader reader(options_.identity.group_by);
    std::vector<Hash128> ids;
    for (const EventRecord& event : batch.events) {
        if (!is_foreign(event)) continue;
        const auto read = reader.read(batch.format, batch.csv_header, batch.line(event));
        if (auto added = add_foreign_id(read, ids); !added) return added;
    }
    batch.foreign_ids = std::move(ids);
    return {};
}

// Reads back what was received within the horizon, from the newest block on: the index is in memory only.
Result<void> RocksStore::load_ids() {
    const Duration horizon = options_.deduplicate_ids;
    if (horizon <= Duration::zero()) return {};
    const std::uint64_t most = options_.deduplicate_ids_max;
    try {
        ids_ = std::make_unique<IdIndex>(horizon, most);
    } catch (const std::bad_alloc&) {
        return fail(ErrorCode::usage, "ids-memory",
                    fmt::format("there is no memory to remember {} event_ids", most),
                    "start with a smaller --deduplicate-ids-max");
    }
    const auto start = std::chrono::steady_clock::now();
    const Timestamp now = clock_.now(), oldest = now - horizon;
    StoredLineReader reader(options_.identity.group_by);
    std::string unpacked;
    std::vector<Hash128> ids;
    std::uint64_t blocks = 0;
    Database::Range found(*database_, Family::events, position_key(state_.oldest_position),
                          position_key(state_.position + 1));
    for (found.seek_to_last(); found.valid(); found.previous()) {
        const std::uint64_t position = Decoder(found.key()).big64();
        const auto block = read_block(found.value(), position);
        if (!block) return fail(block.error());
        // Positions rise with time, give or take what overtook each other.
        if (block->received_at < oldest - IdIndex::longest_overtaking) break;
        if (block->received_at < oldest) continue;
        ids.clear();
        if (auto added = add_foreign_ids(*block, position, reader, unpacked, ids); !added) return added;
        ++blocks;
        // A block from the future is from before the clock was set back.
        if (ids_->add_older(ids, std::min(block->received_at, now))) continue;
        return fail(ErrorCode::usage, "too-many-ids",
                    fmt::format("the data folder {} holds more than {} event_ids that were received within "
                                "the last {}, and no more are remembered (--deduplicate-ids-max)",
                                options_.folder.string(), most, format_duration(horizon)),
                    "start with a larger --deduplicate-ids-max or a shorter --deduplicate-ids");
    }
    if (auto finished = found.finish(); !finished) return finished;
    remembered_ids_ = ids_->size();
    log(LogLevel::info, "event_ids are remembered",
        {{"for", format_duration(horizon)},
         {"at_most", std::to_string(most)},
         {"ids", std::to_string(ids_->size())},
         {"read_from_blocks", std::to_string(blocks)},
         {"seconds", fmt::format("{:.3f}", Seconds(std::chrono::steady_clock::now() - start).count())}});
    return {};
}

}  // namespace weir::rocks

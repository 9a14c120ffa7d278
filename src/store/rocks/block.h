#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "event/batch.h"

namespace weir::rocks {

// A value of the family `events`: the stored lines of one batch, or of small batches that follow each other
// in one group. Its key is its position (big64), the store's `as_of`. Never changed once written; every
// commit that stores a new batch writes at least one, so that a batch's marker can be found again from its
// events, also when the batch stored no line at all.
//
//   u8      format version, 1
//   time    received_at, the newest of its batches
//   time    the oldest ts, time the newest ts (oldest > newest: no events)
//   varint  number of segments, one a batch, each:
//             bytes   batch_id
//             u8      LineFormat
//             bytes   csv header
//             varint  events
//             varint  gap: bytes between a line and the next, which mean nothing (a line break, mostly)
//             varint  bytes of the unpacked payload that are its lines and gaps (a break after the last line
//                     included, where the payload is the frames that a sender made)
//             varint  length of each line, one after another
//   u8      codec of the payload: 0 as it is, 1 zstd (RFC 8878)
//   varint  size of the unpacked payload
//   …       payload: the segments' lines, to the end
constexpr std::uint8_t block_version = 1;

// Batches of so much text have a block of their own, compressed before the commit; smaller ones share a
// block.
constexpr Bytes own_block_bytes = 32_KiB;

// Where the lines of a batch lie in its text, when nothing but equal gaps lies between them.
struct LineSpan {
    std::size_t offset = 0;
    std::size_t bytes = 0;
    std::size_t gap = 0;
};
std::optional<LineSpan> line_span(const Batch& batch);

// Rewrites the text of a batch so that its accepted lines, and nothing else, follow each other a line break
// apart.
void pack_text(Batch& batch);

// Store::prepare: packs the text where needed and compresses it, if it is to have a block of its own.
void prepare_batch(Batch& batch, int zstd_level);

// Puts one block together. The batches given must live until it is written.
class BlockBuilder {
  public:
    // Adds the events of a batch without those at the indices `duplicates` (ascending). A prepared batch
    // without duplicates must be the block's only one: its lines are not copied.
    void add(const Batch& batch, std::span<const std::uint32_t> duplicates);
    // Ends the block; then head() and payload() together are its value.
    void finish(int zstd_level);

    [[nodiscard]] std::string_view head() const { return head_; }
    [[nodiscard]] std::string_view payload() const { return payload_; }
    // The minutes since the epoch that its events' ts lie in.
    [[nodiscard]] const std::set<std::int64_t>& minutes() const { return minutes_; }

  private:
    void add_lines(const Batch& batch, std::span<const std::uint32_t> duplicates);
    void see(Timestamp ts);

    std::uint64_t segments_ = 0;
    std::string headers_;  // of the segments
    std::string text_;     // of the segments that were copied
    const Batch* prepared_ = nullptr;
    std::size_t prepared_bytes_ = 0;
    Timestamp received_at_ = min_timestamp;
    Timestamp oldest_ = Timestamp::max(), newest_ = Timestamp::min();
    std::set<std::int64_t> minutes_;
    TimeRange last_minute_{};  // that the event before lay in
    std::string packed_;
    std::string head_;
    std::string_view payload_;
};

// The minute since the epoch that a time lies in: what time_index is keyed by.
std::int64_t minute_of(Timestamp t);

// A block read back: views into the value it was read from.
struct Segment {
    std::string_view batch_id;
    LineFormat format = LineFormat::ndjson;
    std::string_view csv_header;
    std::uint64_t events = 0;
    std::uint64_t gap = 0;
    std::uint64_t bytes = 0;
    std::string_view lengths;  // varints
};

struct BlockHeader {
    Timestamp received_at;
    Timestamp oldest, newest;
    std::vector<Segment> segments;
    std::uint8_t codec = 0;
    std::uint64_t unpacked = 0;
    std::string_view payload;
};

// Errors: ErrorCode::unsupported ("store-newer") and ErrorCode::storage ("store-corrupt").
Result<BlockHeader> read_block(std::string_view value, std::uint64_t position);
// The lines and gaps of all segments; `buffer` holds them where they had to be unpacked.
Result<std::string_view> unpack_block(const BlockHeader& block, std::uint64_t position, std::string& buffer);

}  // namespace weir::rocks

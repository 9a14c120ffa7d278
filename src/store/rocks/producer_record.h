#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "event/batch.h"

namespace weir::rocks {

// The family `producers`: which sequences of a producer are stored, exactly. All that were stored without a
// gap are one interval in the producer's head record; what lies outside of it is kept in chunks of 4,096
// sequences, and moves into the interval when the gap closes. So a producer that leaves no gap costs one
// record of some 20 bytes a commit.
//
//   head   key    bytes run, u8 width, u8 0
//          value  time newest ts of the interval's events, varint first, varint length, varint number of
//          chunks
//   chunk  key    bytes run, u8 width, u8 1, big64 sequence / 4096
//          value  time newest ts of the chunk's events, u8 form, then for form
//                 0: 512 bytes, bit (sequence % 4096) counted from the lowest bit of the first byte
//                 1: pairs of varints until the end: how many are not stored, then how many are
//                 whichever is shorter
constexpr std::uint64_t chunk_sequences = 4096;

struct ProducerHead {
    Timestamp newest = Timestamp::min();
    std::uint64_t first = 0, end = 0;  // [first, end) is stored; nothing, when they are equal
    std::uint64_t chunks = 0;
    [[nodiscard]] bool empty() const { return first == end && chunks == 0; }
    bool operator==(const ProducerHead&) const = default;
};

struct SequenceChunk {
    std::array<std::uint64_t, chunk_sequences / 64> words{};
    Timestamp newest = Timestamp::min();

    [[nodiscard]] bool test(std::uint64_t bit) const { return (words[bit / 64] >> (bit % 64) & 1U) != 0; }
    [[nodiscard]] bool none() const;
    // How many bits from `bit` on are set without a gap; and how many before `bit`.
    [[nodiscard]] std::uint64_t ones_from(std::uint64_t bit) const;
    [[nodiscard]] std::uint64_t ones_before(std::uint64_t bit) const;
    void set(std::uint64_t from, std::uint64_t to);
    void clear(std::uint64_t from, std::uint64_t to);
    bool operator==(const SequenceChunk&) const = default;
};

std::string producer_prefix(const ProducerId& producer);
std::string head_key(std::string_view prefix);
std::string chunk_key(std::string_view prefix, std::uint64_t chunk);

struct ProducerKey {
    std::string_view prefix;
    std::optional<std::uint64_t> chunk;  // absent: the head
};
std::optional<ProducerKey> decode_producer_key(std::string_view key);

std::string encode(const ProducerHead& head);
std::optional<ProducerHead> decode_head(std::string_view value);
std::string encode(const SequenceChunk& chunk);
std::optional<SequenceChunk> decode_chunk(std::string_view value);
// The newest ts of either record, without reading the rest.
std::optional<Timestamp> newest_of_record(std::string_view value);

}  // namespace weir::rocks

#include "store/rocks/producer_record.h"

#include <algorithm>
#include <bit>

#include "store/rocks/encoding.h"

namespace weir::rocks {
namespace {

enum Form : std::uint8_t { form_bits = 0, form_runs = 1 };

constexpr std::uint8_t head_tag = 0;
constexpr std::uint8_t chunk_tag = 1;
constexpr std::size_t bitmap_bytes = chunk_sequences / 8;

// The bits [from, to) of the word that begins at bit `base`.
std::uint64_t mask_of(std::uint64_t base, std::uint64_t from, std::uint64_t to) {
    const std::uint64_t low = from > base ? from - base : 0;
    const std::uint64_t high = std::min<std::uint64_t>(to - base, 64);
    const std::uint64_t below_high = high == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << high) - 1;
    return below_high & ~((std::uint64_t{1} << low) - 1);
}

}  // namespace

bool SequenceChunk::none() const {
    return std::all_of(words.begin(), words.end(), [](std::uint64_t word) { return word == 0; });
}

std::uint64_t SequenceChunk::ones_from(std::uint64_t bit) const {
    std::uint64_t at = bit;
    while (at < chunk_sequences) {
        const auto ones = static_cast<std::uint64_t>(std::countr_one(words[at / 64] >> (at % 64)));
        const std::uint64_t room = 64 - at % 64;
        at += std::min(ones, room);
        if (ones < room) break;
    }
    return at - bit;
}

std::uint64_t SequenceChunk::ones_before(std::uint64_t bit) const {
    std::uint64_t at = bit;
    while (at > 0) {
        const std::uint64_t room = (at - 1) % 64 + 1;
        const auto ones = static_cast<std::uint64_t>(std::countl_one(words[(at - 1) / 64] << (64 - room)));
        at -= std::min(ones, room);
        if (ones < room) break;
    }
    return bit - at;
}

void SequenceChunk::set(std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t base = from / 64 * 64; base < to; base += 64)
        words[base / 64] |= mask_of(base, from, to);
}

void SequenceChunk::clear(std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t base = from / 64 * 64; base < to; base += 64)
        words[base / 64] &= ~mask_of(base, from, to);
}

std::string producer_prefix(const ProducerId& producer) {
    std::string prefix;
    put_bytes(prefix, producer.run);
    put_u8(prefix, producer.width);
    return prefix;
}

std::string head_key(std::string_view prefix) {
    std::string key(prefix);
    put_u8(key, head_tag);
    return key;
}

std::string chunk_key(std::string_view prefix, std::uint64_t chunk) {
    std::string key(prefix);
    put_u8(key, chunk_tag);
    put_big64(key, chunk);
    return key;
}

std::optional<ProducerKey> decode_producer_key(std::string_view key) {
    Decoder in(key);
    in.bytes();
    in.u8();
    ProducerKey found{key.substr(0, key.size() - in.rest().size()), std::nullopt};
    const std::uint8_t tag = in.u8();
    if (tag == chunk_tag) found.chunk = in.big64();
    if (tag > chunk_tag || !in.done()) return std::nullopt;
    return found;
}

std::string encode(const ProducerHead& head) {
    std::string out;
    put_time(out, head.newest);
    put_varint(out, head.first);
    put_varint(out, head.end - head.first);
    put_varint(out, head.chunks);
    return out;
}

std::optional<ProducerHead> decode_head(std::string_view value) {
    Decoder in(value);
    ProducerHead head;
    head.newest = in.time();
    head.first = in.varint();
    head.end = head.first + in.varint();
    head.chunks = in.varint();
    if (!in.done() || head.end < head.first) return std::nullopt;
    return head;
}

std::string encode(const SequenceChunk& chunk) {
    std::string runs;
    std::uint64_t at = 0;
    while (at < chunk_sequences && runs.size() < bitmap_bytes) {
        std::uint64_t start = at;
        while (start < chunk_sequences && !chunk.test(start))
            ++start;
        if (start == chunk_sequences) break;
        const std::uint64_t ones = chunk.ones_from(start);
        put_varint(runs, start - at);
        put_varint(runs, ones);
        at = start + ones;
    }
    std::string out;
    put_time(out, chunk.newest);
    if (runs.size() < bitmap_bytes) {
        put_u8(out, form_runs);
        return out + runs;
    }
    put_u8(out, form_bits);
    for (const std::uint64_t word : chunk.words)
        for (unsigned shift = 0; shift < 64; shift += 8)
            put_u8(out, static_cast<std::uint8_t>(word >> shift));
    return out;
}

std::optional<SequenceChunk> decode_chunk(std::string_view value) {
    Decoder in(value);
    SequenceChunk chunk;
    chunk.newest = in.time();
    const std::uint8_t form = in.u8();
    if (form == form_bits) {
        for (std::uint64_t& word : chunk.words)
            for (unsigned shift = 0; shift < 64; shift += 8)
                word |= std::uint64_t{in.u8()} << shift;
    } else if (form == form_runs) {
        for (std::uint64_t at = 0; in.ok() && !in.rest().empty();) {
            const std::uint64_t gap = in.varint();
            const std::uint64_t ones = in.varint();
            if (gap > chunk_sequences || ones > chunk_sequences || at + gap + ones > chunk_sequences)
                return std::nullopt;
            chunk.set(at + gap, at + gap + ones);
            at += gap + ones;
        }
    } else {
        return std::nullopt;
    }
    if (!in.done()) return std::nullopt;
    return chunk;
}

std::optional<Timestamp> newest_of_record(std::string_view value) {
    Decoder in(value);
    const Timestamp newest = in.time();
    if (!in.ok()) return std::nullopt;
    return newest;
}

}  // namespace weir::rocks

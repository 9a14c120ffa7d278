#include "store/rocks/block.h"

#include <algorithm>
#include <limits>

#include "codec/compression.h"
#include "store/rocks/encoding.h"
#include "store/rocks/errors.h"

namespace weir::rocks {
namespace {

enum Codec : std::uint8_t { codec_none = 0, codec_zstd = 1 };

constexpr std::size_t smallest_worth_packing = 256;
constexpr std::size_t longest_gap = 2;  // CRLF

// `data` compressed, or nothing where that does not make it smaller.
std::string compressed_if_smaller(std::string_view data, int level) {
    if (data.size() < smallest_worth_packing) return {};
    std::string packed = zstd_compress(data, level);
    if (packed.size() >= data.size()) packed.clear();
    return packed;
}

// Whether the frames that the text came in may be stored as they are: they hold the lines from their start
// and next to nothing else, and their sender has not saved on compressing them.
bool frames_serve(const Batch& batch, const LineSpan& span) {
    return !batch.frames.empty() && span.offset == 0 && batch.text.size() - span.bytes <= longest_gap &&
           batch.frames.size() <= batch.text.size() / 4;
}

}  // namespace

std::int64_t minute_of(Timestamp t) {
    return std::chrono::floor<std::chrono::minutes>(t).time_since_epoch().count();
}

std::optional<LineSpan> line_span(const Batch& batch) {
    if (batch.events.empty()) return LineSpan{};
    const EventRecord& first = batch.events.front();
    const EventRecord& last = batch.events.back();
    LineSpan span{first.offset, 0, 0};
    if (batch.events.size() > 1) {
        const EventRecord& second = batch.events[1];
        if (second.offset < first.offset + first.length) return std::nullopt;
        span.gap = second.offset - first.offset - first.length;
        if (span.gap > longest_gap) return std::nullopt;
    }
    std::size_t expected = first.offset;
    for (const EventRecord& event : batch.events) {
        if (event.offset != expected) return std::nullopt;
        expected += event.length + span.gap;
    }
    span.bytes = last.offset + last.length - first.offset;
    return span;
}

void pack_text(Batch& batch) {
    std::string packed;
    packed.reserve(batch.text.size());
    for (EventRecord& event : batch.events) {
        const std::size_t offset = packed.size();
        packed.append(batch.line(event));
        packed.push_back('\n');
        event.offset = static_cast<std::uint32_t>(offset);
    }
    batch.text = std::move(packed);
}

void prepare_batch(Batch& batch, int zstd_level) {
    if (batch.prepared || batch.text.size() < own_block_bytes.count || batch.events.empty()) return;
    std::optional<LineSpan> span = line_span(batch);
    if (span && frames_serve(batch, *span)) {
        batch.packed = std::move(batch.frames);
        batch.packed_bytes = batch.text.size();
        batch.prepared = true;
        return;
    }
    if (!span) {
        pack_text(batch);
        span = line_span(batch);
    }
    if (!span || span->bytes < own_block_bytes.count) return;
    batch.packed =
        compressed_if_smaller(std::string_view(batch.text).substr(span->offset, span->bytes), zstd_level);
    batch.packed_bytes = span->bytes;
    batch.prepared = true;
}

void BlockBuilder::add(const Batch& batch, std::span<const std::uint32_t> duplicates) {
    ++segments_;
    received_at_ = std::max(received_at_, batch.received_at);
    put_bytes(headers_, batch.batch_id);
    put_u8(headers_, static_cast<std::uint8_t>(batch.format));
    put_bytes(headers_, batch.csv_header);
    put_varint(headers_, batch.events.size() - duplicates.size());
    const std::optional<LineSpan> span = duplicates.empty() ? line_span(batch) : std::nullopt;
    if (!span) return add_lines(batch, duplicates);

    const std::size_t bytes = batch.prepared ? batch.packed_bytes : span->bytes;
    put_varint(headers_, span->gap);
    put_varint(headers_, bytes);
    for (const EventRecord& event : batch.events) {
        put_varint(headers_, event.length);
        see(event.ts);
    }
    if (batch.prepared) {
        prepared_ = &batch;
        payload_ = batch.packed.empty() ? std::string_view(batch.text).substr(span->offset, span->bytes)
                                        : batch.packed;
        prepared_bytes_ = bytes;
    } else {
        text_.append(batch.text, span->offset, span->bytes);
    }
}

void BlockBuilder::add_lines(const Batch& batch, std::span<const std::uint32_t> duplicates) {
    const std::size_t start = text_.size();
    std::string lengths;
    auto skip = duplicates.begin();
    for (std::uint32_t i = 0; i < batch.events.size(); ++i) {
        if (skip != duplicates.end() && *skip == i) {
            ++skip;
            continue;
        }
        const EventRecord& event = batch.events[i];
        text_.append(batch.line(event));
        text_.push_back('\n');
        put_varint(lengths, event.length);
        see(event.ts);
    }
    put_varint(headers_, 1);
    put_varint(headers_, text_.size() - start);
    headers_ += lengths;
}

void BlockBuilder::see(Timestamp ts) {
    oldest_ = std::min(oldest_, ts);
    newest_ = std::max(newest_, ts);
    if (last_minute_.contains(ts)) return;
    const Timestamp start{std::chrono::floor<std::chrono::minutes>(ts)};
    last_minute_ = {start, start + std::chrono::minutes{1}};
    minutes_.insert(minute_of(ts));
}

void BlockBuilder::finish(int zstd_level) {
    std::size_t unpacked = prepared_bytes_;
    Codec codec = prepared_ != nullptr && !prepared_->packed.empty() ? codec_zstd : codec_none;
    if (prepared_ == nullptr) {
        unpacked = text_.size();
        packed_ = compressed_if_smaller(text_, zstd_level);
        codec = packed_.empty() ? codec_none : codec_zstd;
        payload_ = packed_.empty() ? text_ : packed_;
    }
    put_u8(head_, block_version);
    put_time(head_, received_at_);
    put_time(head_, oldest_);
    put_time(head_, newest_);
    put_varint(head_, segments_);
    head_ += headers_;
    put_u8(head_, codec);
    put_varint(head_, unpacked);
}

Result<BlockHeader> read_block(std::string_view value, std::uint64_t position) {
    Decoder in(value);
    if (const std::uint8_t version = in.u8(); in.ok() && version > block_version)
        return newer_record("block", position);
    BlockHeader block;
    block.received_at = in.time();
    block.oldest = in.time();
    block.newest = in.time();
    const std::uint64_t segments = in.varint();
    std::uint64_t bytes = 0;
    for (std::uint64_t s = 0; s < segments && in.ok(); ++s) {
        Segment segment;
        segment.batch_id = in.bytes();
        segment.format = static_cast<LineFormat>(in.u8());
        segment.csv_header = in.bytes();
        segment.events = in.varint();
        segment.gap = in.varint();
        segment.bytes = in.varint();
        const std::string_view before = in.rest();
        std::uint64_t lines = 0;
        for (std::uint64_t i = 0; i < segment.events && in.ok(); ++i)
            lines += in.varint() + (i == 0 ? 0 : segment.gap);
        segment.lengths = before.substr(0, before.size() - in.rest().size());
        if (lines > segment.bytes) in.set_failed();
        bytes += segment.bytes;
        block.segments.push_back(segment);
    }
    block.codec = in.u8();
    block.unpacked = in.varint();
    block.payload = in.rest();
    if (!in.ok() || bytes != block.unpacked) return corrupt_record("block", position);
    return block;
}

Result<std::string_view> unpack_block(const BlockHeader& block, std::uint64_t position, std::string& buffer) {
    if (block.codec == codec_none) {
        if (block.payload.size() != block.unpacked) return corrupt_record("block", position);
        return block.payload;
    }
    if (block.codec != codec_zstd) return corrupt_record("block", position);
    // A batch, and so a block, is smaller: more is a damaged record, not a text to make room for.
    if (block.unpacked > std::numeric_limits<std::uint32_t>::max()) return corrupt_record("block", position);
    const auto text = zstd_decompress_known(block.payload, block.unpacked, buffer);
    if (!text) return corrupt_record("block", position);
    return *text;
}

}  // namespace weir::rocks

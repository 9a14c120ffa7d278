#include "codec/batch_decoder.h"

#include <algorithm>
#include <limits>
#include <new>

#include <fmt/format.h>

#include "codec/batch_builder.h"
#include "codec/cloud_events.h"
#include "codec/composed_events.h"
#include "codec/csv_columns.h"
#include "codec/csv_reader.h"
#include "codec/interner.h"
#include "codec/json_elements.h"
#include "codec/json_event_parser.h"
#include "codec/line_protocol_events.h"
#include "codec/text_excerpt.h"

namespace weir {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// The same bytes under another media type are another content: they hold other lines.
Hash128 content_hash(std::string_view body, MediaType media) {
    Hash128 hash = hash128(body);
    hash.high ^= 0x9E3779B97F4A7C15U * (static_cast<std::uint64_t>(media) + 1);
    return hash;
}

// Of line protocol the same bytes hold other points for another database or precision.
Hash128 content_hash(const DecodeRequest& request) {
    Hash128 hash = content_hash(request.body, request.media);
    if (request.media != MediaType::line_protocol) return hash;
    hash.low ^= hash128(request.lines.scope).low + static_cast<std::uint64_t>(request.lines.precision);
    return hash;
}

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

std::size_t start_of_text(std::string_view text) {
    return text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
}

}  // namespace

struct BatchDecoder::Impl {
    Impl(std::string field, const EventLimits& event_limits)
        : group_by(field), limits(event_limits), json(std::move(field), event_limits.max_nesting_depth) {}

    std::string group_by;
    EventLimits limits;
    JsonEventParser json;
    PaddedLine padded;
    Interner interner;
    CsvRecord record;

    Result<Batch> decode(DecodeRequest request);
    Result<void> decode_ndjson(Batch& batch, BatchBuilder& builder);
    Result<void> decode_json(Batch& batch, BatchBuilder& builder);
    Result<void> decode_csv(Batch& batch, BatchBuilder& builder);
    Result<void> decode_line_protocol(Batch& batch, BatchBuilder& builder, LineProtocolOptions options,
                                      bool named);
    Result<void> decode_cloudevents(Batch& batch, BatchBuilder& builder, bool many);
    Result<void> decode_as(MediaType media, Batch& batch, BatchBuilder& builder, LineProtocolOptions lines,
                           bool named);

    // The line in `text`, followed by readable bytes: the text itself, or a copy for the last ones.
    std::string_view with_padding(std::string_view text, std::size_t offset, std::size_t length) {
        const std::string_view line = text.substr(offset, length);
        return offset + length + json_padding <= text.size() ? line : padded.copy(line);
    }
};

Result<Batch> BatchDecoder::Impl::decode(DecodeRequest request) {
    if (request.body.size() > std::numeric_limits<std::uint32_t>::max())
        return fail(ErrorCode::too_large, "body-too-large",
                    fmt::format("the body has {} bytes, 4 GiB or more", request.body.size()),
                    "send it as several batches");
    Batch batch;
    batch.content = content_hash(request);
    const bool named = !request.batch_id.empty();
    batch.batch_id = request.batch_id.empty() ? "h-" + to_hex(batch.content) : std::move(request.batch_id);
    batch.format = request.media == MediaType::csv ? LineFormat::csv : LineFormat::ndjson;
    batch.text = std::move(request.body);
    batch.received_at = request.now;
    batch.source = std::move(request.source);
    BatchBuilder builder(batch, interner, limits);
    auto decoded = decode_as(request.media, batch, builder, std::move(request.lines), named);
    if (!decoded) return fail(std::move(decoded).error());
    // Only of NDJSON is the text never touched.
    if (request.media == MediaType::ndjson) batch.frames = std::move(request.frames);
    return batch;
}

Result<void> BatchDecoder::Impl::decode_as(MediaType media, Batch& batch, BatchBuilder& builder,
                                           LineProtocolOptions lines, bool named) {
    switch (media) {
        case MediaType::ndjson:
            return decode_ndjson(batch, builder);
        case MediaType::json:
            return decode_json(batch, builder);
        case MediaType::csv:
            return decode_csv(batch, builder);
        case MediaType::line_protocol:
            return decode_line_protocol(batch, builder, std::move(lines), named);
        case MediaType::cloudevent:
            return decode_cloudevents(batch, builder, false);
        case MediaType::cloudevents:
            return decode_cloudevents(batch, builder, true);
    }
    return {};
}

// `named`: by whoever sent it, so that its id tells it from every other batch.
Result<void> BatchDecoder::Impl::decode_line_protocol(Batch& batch, BatchBuilder& builder,
                                                      LineProtocolOptions options, bool named) {
    ComposedEvents events(builder, json, padded);
    if (named || options.unique.empty()) options.unique = batch.batch_id;
    bool timeless = false;
    auto composed =
        compose_line_protocol(std::string_view(batch.text).substr(start_of_text(batch.text)), options,
                              batch.received_at, limits.max_line_bytes, events, timeless);
    if (!composed) return composed;
    batch.text = std::move(events.text());
    if (!timeless) return {};
    batch.batch_id = options.unique;
    for (DeadLetter& letter : batch.rejected)
        letter.batch_id = batch.batch_id;
    return {};
}

Result<void> BatchDecoder::Impl::decode_cloudevents(Batch& batch, BatchBuilder& builder, bool many) {
    ComposedEvents events(builder, json, padded);
    auto composed = compose_cloudevents(std::string_view(batch.text).substr(start_of_text(batch.text)), many,
                                        batch.received_at, limits.max_line_bytes, events);
    if (composed) batch.text = std::move(events.text());
    return composed;
}

Result<void> BatchDecoder::Impl::decode_ndjson(Batch& batch, BatchBuilder& builder) {
    const std::string_view text = batch.text;
    EventFields fields;
    Rejection rejection;
    std::uint64_t number = 0;
    for (std::size_t at = start_of_text(text); at < text.size();) {
        const std::size_t line_feed = text.find('\n', at);
        const std::size_t offset = at, end = std::min(line_feed, text.size());
        const std::size_t length = end - offset - (end > offset && text[end - 1] == '\r' ? 1 : 0);
        const std::string_view line = text.substr(offset, length);
        at = end + 1;
        ++number;
        if (is_blank(line)) continue;
        if (!builder.begin_line()) return fail(builder.error());
        bool kept = true;
        if (length > limits.max_line_bytes)
            kept = builder.reject_long_line(number, line);
        else if (json.parse(with_padding(text, offset, length), builder.bounds(), fields, rejection))
            builder.accept(offset, length, fields);
        else
            kept = builder.reject_line(number, std::move(rejection), line);
        if (!kept) return fail(builder.error());
    }
    return {};
}

Result<void> BatchDecoder::Impl::decode_json(Batch& batch, BatchBuilder& builder) {
    const std::size_t start = start_of_text(batch.text);
    if (start == batch.text.size()) return {};
    const std::string_view text = batch.text;
    JsonElements elements(text.substr(start));
    EventFields fields;
    Rejection rejection;
    const auto refuse = [](std::string problem) {
        return fail(ErrorCode::invalid, "json-invalid",
                    "the body is no JSON array of events: " + std::move(problem),
                    "send an array of objects, one object, or application/x-ndjson");
    };
    for (std::uint64_t number = 1;; ++number) {
        const auto step = elements.next();
        if (step == JsonElements::Step::end) return {};
        if (step == JsonElements::Step::malformed)
            return refuse(fmt::format("{} at byte {}, after {} elements", elements.problem(),
                                      start + elements.position(), number - 1));
        if (!builder.begin_line()) return fail(builder.error());
        const std::size_t offset = start + elements.offset();
        const std::string_view element = elements.element();
        bool kept = true;
        if (element.size() > limits.max_line_bytes) {
            kept = builder.reject_long_line(number, element);
        } else if (json.parse(with_padding(text, offset, element.size()), builder.bounds(), fields,
                              rejection)) {
            // Before the element moves in place: its fields look into the text.
            builder.accept(offset, element.size(), fields);
            if (element.find_first_of("\r\n") != std::string_view::npos)
                batch.events.back().length =
                    static_cast<std::uint32_t>(minify_json(batch.text.data() + offset, element.size()));
        } else if (rejection.reason == RejectReason::json_invalid) {
            return refuse(fmt::format("element {} at byte {}: {}", number, offset, rejection.message));
        } else {
            kept = builder.reject_line(number, std::move(rejection), element);
        }
        if (!kept) return fail(builder.error());
    }
}

Result<void> BatchDecoder::Impl::decode_csv(Batch& batch, BatchBuilder& builder) {
    CsvReader reader(batch.text);
    CsvStatus status = reader.next(record);
    if (status == CsvStatus::end) return {};
    if (status == CsvStatus::bad_record)
        return fail(
            ErrorCode::invalid, "csv-header-invalid",
            fmt::format("the CSV header cannot be used: {} ({})", excerpt(record.raw),
                        code_of(reader.reason())),
            "put names that hold quotes, commas or line breaks in quotes, and double the quotes inside");
    if (record.raw.size() > limits.max_line_bytes)
        return fail(ErrorCode::invalid, "csv-header-invalid",
                    fmt::format("the CSV header has {} bytes; at most {} were expected", record.raw.size(),
                                limits.max_line_bytes));
    auto columns = CsvColumns::from_header(record.cells, group_by);
    if (!columns) return fail(std::move(columns).error());
    batch.csv_header = record.raw;
    EventFields fields;
    Rejection rejection;
    while ((status = reader.next(record)) != CsvStatus::end) {
        if (!builder.begin_line()) return fail(builder.error());
        bool kept = true;
        if (record.raw.size() > limits.max_line_bytes)
            kept = builder.reject_long_line(record.line, record.raw);
        else if (status == CsvStatus::bad_record)
            kept = builder.reject_line(record.line, csv_rejection(reader.reason(), record.raw), record.raw);
        else if (columns->read(record, group_by, builder.bounds(), fields, rejection))
            builder.accept(static_cast<std::size_t>(record.raw.data() - batch.text.data()), record.raw.size(),
                           fields);
        else
            kept = builder.reject_line(record.line, std::move(rejection), record.raw);
        if (!kept) return fail(builder.error());
    }
    return {};
}

BatchDecoder::BatchDecoder(std::string group_by, EventLimits limits)
    : impl_(std::make_unique<Impl>(std::move(group_by), limits)) {}

BatchDecoder::~BatchDecoder() = default;

Result<Batch> BatchDecoder::decode(DecodeRequest request) {
    try {
        return impl_->decode(std::move(request));
    } catch (const std::bad_alloc&) {
        return fail(ErrorCode::overloaded, "out-of-memory",
                    "there is not enough memory to read this batch now",
                    "send it again later, or as several batches");
    }
}

}  // namespace weir

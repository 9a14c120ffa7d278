#include "codec/batch_builder.h"

#include <fmt/format.h>

#include "codec/text_excerpt.h"

namespace weir {

BatchBuilder::BatchBuilder(Batch& batch, Interner& interner, const EventLimits& limits)
    : batch_(batch),
      interner_(interner),
      limits_(limits),
      bounds_(time_bounds(batch.received_at, limits.retention, limits.future_skew)) {
    constexpr std::size_t usual_line = 256;
    interner_.begin(batch);
    batch_.events.reserve(batch.text.size() / usual_line + 1);
}

bool BatchBuilder::begin_line() {
    return ++batch_.received <= limits_.max_lines;
}

void BatchBuilder::accept(std::size_t offset, std::size_t length, const EventFields& fields) {
    EventRecord& event = batch_.events.emplace_back();
    event.offset = static_cast<std::uint32_t>(offset);
    event.length = static_cast<std::uint32_t>(length);
    event.key = interner_.key(fields.key);
    event.ts = fields.ts;
    ProducerSequence id;
    if (!parse_producer_sequence(fields.event_id, id)) {
        if (limits_.hash_foreign_ids) batch_.foreign_ids.push_back(hash128(fields.event_id));
        return;
    }
    event.producer = interner_.producer(id);
    event.sequence = id.sequence;
}

bool BatchBuilder::reject_line(std::uint64_t number, Rejection rejection, std::string_view bytes) {
    if (batch_.rejected.size() >= limits_.max_rejected) return false;
    batch_.rejected.push_back({0, batch_.received_at, batch_.batch_id, batch_.source, number,
                               rejection.reason, std::move(rejection.message), std::string(bytes)});
    return true;
}

bool BatchBuilder::reject_long_line(std::uint64_t number, std::string_view bytes) {
    return reject_line(
        number,
        {RejectReason::line_too_long, fmt::format("{} has {} bytes; at most {} were expected", excerpt(bytes),
                                                  bytes.size(), limits_.max_line_bytes)},
        bytes);
}

Error BatchBuilder::error() const {
    if (batch_.received > limits_.max_lines)
        return {
            ErrorCode::too_large, "too-many-lines",
            fmt::format("the batch has more than {} events, the most that one may hold", limits_.max_lines),
            "send it as several batches"};
    return {ErrorCode::too_large, "too-many-rejected",
            fmt::format("the batch has more than {} lines that are no events, the most that are kept; the "
                        "last is line {}",
                        limits_.max_rejected, batch_.rejected.empty() ? 0 : batch_.rejected.back().line),
            "check that the body is what its Content-Type says, or send it as several batches"};
}

}  // namespace weir

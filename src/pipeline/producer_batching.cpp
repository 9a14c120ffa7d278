#include "pipeline/producer_batching.h"

#include <utility>

#include <fmt/format.h>

namespace weir {

BatchBuilder::BatchBuilder(std::string run_id, LineFormat format, const std::string& csv_header,
                           Limits limits)
    : run_id_(std::move(run_id)), format_(format), limits_(limits), encoder_(format, run_id_) {
    if (format_ == LineFormat::csv) body_start_ = csv_header + "\n";
    body_ = body_start_;
}

bool BatchBuilder::has_room_for(const Row& row) const {
    const std::size_t row_bytes = format_ == LineFormat::ndjson ? row.json.size() : row.csv.size();
    return body_.size() + encoder_.most_added_bytes() + row_bytes <= limits_.bytes.count;
}

void BatchBuilder::append(std::uint64_t sequence, Timestamp ts, const Row& row, SteadyTime now) {
    if (empty()) {
        opened_ = now;
        first_sequence_ = sequence;
    }
    encoder_.append(body_, sequence, ts, row);
    ++events_;
}

OutgoingBatch BatchBuilder::take(std::string spare) {
    OutgoingBatch batch;
    batch.batch_id = fmt::format("{}-b{}", run_id_, ++batches_);
    batch.content_type = format_ == LineFormat::ndjson ? "application/x-ndjson" : "text/csv";
    batch.events = std::exchange(events_, 0);
    batch.first_sequence = first_sequence_;
    spare = body_start_;  // keeps the memory
    batch.body = std::exchange(body_, std::move(spare));
    return batch;
}

}  // namespace weir

#include "store/rocks/block_positions.h"

#include <algorithm>

#include "store/rocks/block.h"
#include "store/rocks/encoding.h"
#include "store/rocks/errors.h"

namespace weir::rocks {

BlockPositions::BlockPositions(const Database& database, TimeRange range, std::uint64_t first,
                               std::uint64_t last, std::size_t chunk)
    : database_(database),
      range_(range),
      first_(first),
      last_(last),
      most_(chunk),
      chunk_(std::min(chunk, first_chunk)) {}

Result<std::uint64_t> BlockPositions::next() {
    if (given_ == found_.size() && more_)
        if (auto refilled = refill(); !refilled) return fail(refilled.error());
    return given_ < found_.size() ? found_[given_++] : 0;
}

// Gathers the `chunk_` smallest positions from first_ on: the surplus is cut off whenever twice as many are
// held.
Result<void> BlockPositions::refill() {
    found_.clear();
    given_ = 0;
    more_ = false;
    if (range_.start >= range_.end) return {};
    std::uint64_t last = last_;
    const auto cut = [&] {
        std::sort(found_.begin(), found_.end());
        found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
        if (found_.size() <= chunk_) return;
        found_.resize(chunk_);
        last = found_.back();
        more_ = true;
    };
    const std::int64_t first_minute = minute_of(range_.start);
    const std::int64_t last_minute = minute_of(range_.end - Duration{1});
    Database::Range index(database_, Family::time_index, time_index_key(first_minute, first_),
                          time_index_key(last_minute + 1, 0));
    while (index.valid()) {
        Decoder in(index.key());
        const std::int64_t minute = to_ms(in.time());
        const std::uint64_t position = in.big64();
        if (!in.done()) return corrupt_record("time index", "key");
        if (position < first_) {
            index.seek(time_index_key(minute, first_));
        } else if (position > last) {
            index.seek(time_index_key(minute + 1, 0));
        } else {
            found_.push_back(position);
            if (found_.size() >= chunk_ * 2) cut();
            index.next();
        }
    }
    if (auto finished = index.finish(); !finished) return finished;
    cut();
    if (!found_.empty()) first_ = found_.back() + 1;
    chunk_ = std::min(most_, chunk_ * 4);
    return {};
}

}  // namespace weir::rocks

#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_set>
#include <vector>

#include "aws/dynamodb.h"
#include "base/result.h"
#include "base/time.h"

namespace weir::dynamo {

// Which minutes may have items: `M#<day>` / `<hh:mm>`, with nothing but the time to live. Written before
// anything else of a minute is, so that a reader of days finds what is there without asking for every minute
// of them; a minute costs one write for each writer that meets it, however many batches follow. Items derive
// from the minute alone.
class MinuteIndex {
  public:
    // Those of `minutes` that this writer has not written yet, as items.
    std::vector<aws::Item> missing(std::span<const std::int64_t> minutes, Duration retention);
    // They are written.
    void add(std::span<const std::int64_t> minutes);

  private:
    static constexpr std::size_t most_remembered = 20'000;
    std::mutex mutex_;
    std::unordered_set<std::int64_t> written_;
};

// The minutes in [first, last] that may have items, ascending. Short ranges are not looked up: all of them
// may.
Result<std::vector<std::int64_t>> indexed_minutes(aws::DynamoDb& db, const std::string& events_table,
                                                  std::int64_t first, std::int64_t last, Timestamp now);

}  // namespace weir::dynamo

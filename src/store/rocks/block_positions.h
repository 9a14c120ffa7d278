#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "store/rocks/database.h"

namespace weir::rocks {

// The positions of the blocks that hold events of a range of event time, ascending, each once. Memory is
// bounded: a range with more blocks than `chunk` is worked off in several passes over the index, which are
// cheap beside reading the blocks. The first passes look for few, since a page of a reader ends soon.
class BlockPositions {
  public:
    static constexpr std::size_t default_chunk = 1U << 16U;
    static constexpr std::size_t first_chunk = 1U << 7U;

    // Only positions in [first, last].
    BlockPositions(const Database& database, TimeRange range, std::uint64_t first, std::uint64_t last,
                   std::size_t chunk = default_chunk);

    // The next position; 0 at the end.
    Result<std::uint64_t> next();

  private:
    Result<void> refill();

    const Database& database_;
    TimeRange range_;
    std::uint64_t first_;  // still to be given
    std::uint64_t last_;
    std::size_t most_;   // of a pass
    std::size_t chunk_;  // of the next pass; doubles
    std::vector<std::uint64_t> found_;
    std::size_t given_ = 0;
    bool more_ = true;  // there may be positions beyond those found
};

}  // namespace weir::rocks

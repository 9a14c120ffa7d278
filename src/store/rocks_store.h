#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/memory_store.h"
#include "store/store.h"

namespace rocksdb {
class Env;
}

namespace weir {

struct RocksOptions {
    std::filesystem::path folder;
    StoreIdentity identity;
    Duration hot_range{std::chrono::minutes{10}};  // panes newer than now - hot_range are kept in memory
    Bytes block_cache = 32_MiB;
    Bytes write_buffer = 32_MiB;
    int zstd_level = 1;
    // Events whose event_id is not of weir's own form are told apart across batches too, for so long after
    // they were received (and at most a second, or a thousandth of that time, longer): exactly, also after a
    // restart. Zero: only by their batch.
    Duration deduplicate_ids{0};
    // Most ids remembered for that, 1 to 2^30, at 22 to 28 bytes each. A batch with more new ones than there
    // is room for is refused and changes nothing (ErrorCode::overloaded, "ids-full"; where waiting cannot
    // help ErrorCode::too_large, "too-many-ids").
    std::uint64_t deduplicate_ids_max = 16'000'000;
    // Told after each fsync of the log, which every acknowledgement waits for, how many seconds it took.
    // Called from the thread that writes, or one of the database's own; must be fast and not throw.
    std::function<void(double seconds)> on_sync{};
    rocksdb::Env* env = nullptr;  // for fault injection in tests; null: the machine's own
};

// The embedded Store. Its formats are documented in store/rocks/*.h, where they are defined.
// Errors: "store-in-use" (another process has the folder), "store-unwritable", "store-newer" (made by a newer
// weir), "store-identity" (made with another group-by field or pane; the message names both),
// "store-corrupt", "too-many-ids" (ErrorCode::usage: more were received within deduplicate_ids than
// deduplicate_ids_max), "ids-memory" (no memory for so many).
Result<std::unique_ptr<Store>> open_rocks_store(const RocksOptions& options, const Clock& clock);

}  // namespace weir

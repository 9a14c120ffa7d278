#pragma once

#include <filesystem>
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
    rocksdb::Env* env = nullptr;  // for fault injection in tests; null: the machine's own
};

// The embedded Store. Its formats are documented in store/rocks/*.h, where they are defined.
// Errors: "store-in-use" (another process has the folder), "store-unwritable", "store-newer" (made by a newer
// weir), "store-identity" (made with another group-by field or pane; the message names both),
// "store-corrupt".
Result<std::unique_ptr<Store>> open_rocks_store(const RocksOptions& options, const Clock& clock);

}  // namespace weir

#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

#include "base/bytes.h"
#include "server/health.h"

namespace weir {

// Stops ingest before the disk is full: a store that runs out of it fails for good, one that is spared goes
// on when there is room. For one thread.
class DiskGuard {
  public:
    // What is free, in bytes; nothing when that cannot be told (then nothing is changed).
    using Probe = std::function<std::optional<std::uint64_t>()>;
    DiskGuard(Probe probe, Bytes min_free, Health& health);

    // To be called about once a second.
    void check();

  private:
    const Probe probe_;
    const Bytes min_free_;
    Health& health_;
    bool full_ = false;
};

// The bytes that this process may still write to the disk of a folder.
std::optional<std::uint64_t> free_bytes(const std::filesystem::path& folder);

}  // namespace weir

#pragma once

#include <cstdint>

namespace weir {

// What this process takes of the machine.
struct ProcessUsage {
    double cpu_seconds = 0;            // user and system, of all threads
    std::uint64_t resident_bytes = 0;  // 0 where it cannot be told, as all that follow
    std::uint64_t open_descriptors = 0;
    std::uint64_t max_descriptors = 0;
    double started_seconds = 0;  // Unix time
};
ProcessUsage process_usage();

}  // namespace weir

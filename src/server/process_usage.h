#pragma once

#include <cstdint>

namespace weir {

// What this process takes of the machine.
struct ProcessUsage {
    double cpu_seconds = 0;            // user and system, of all threads
    std::uint64_t resident_bytes = 0;  // 0 where it cannot be told
};
ProcessUsage process_usage();

}  // namespace weir

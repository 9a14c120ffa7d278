#include "server/process_usage.h"

#include <fstream>

#include <sys/resource.h>
#include <unistd.h>

namespace weir {
namespace {

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

ProcessUsage process_usage() {
    ProcessUsage usage;
    rusage spent{};
    if (::getrusage(RUSAGE_SELF, &spent) == 0)
        usage.cpu_seconds = seconds(spent.ru_utime) + seconds(spent.ru_stime);
    std::ifstream statm("/proc/self/statm");  // proc(5): pages in all, pages resident, …
    std::uint64_t total = 0;
    std::uint64_t resident = 0;
    if (statm >> total >> resident)
        usage.resident_bytes = resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    return usage;
}

}  // namespace weir

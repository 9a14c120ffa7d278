#include "server/process_usage.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

namespace weir {
namespace {

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

std::uint64_t count_descriptors() {
    std::error_code error;
    std::uint64_t count = 0;
    for (std::filesystem::directory_iterator each("/proc/self/fd", error), end; !error && each != end;
         each.increment(error))
        ++count;
    return count == 0 ? 0 : count - 1;  // the one that reads them
}

// proc(5): when the machine was started, and 22nd of /proc/self/stat how many ticks later the process was.
// The second field, the program's name in parentheses, may hold anything.
double start_time() {
    std::ifstream machine("/proc/stat");
    double booted = 0;
    for (std::string word; machine >> word;)
        if (word == "btime") machine >> booted;
    std::ifstream file("/proc/self/stat");
    std::string text;
    std::getline(file, text);
    std::istringstream fields(text.substr(std::min(text.rfind(')') + 1, text.size())));
    std::string field;
    for (int skipped = 3; skipped < 22; ++skipped)
        fields >> field;
    double ticks = 0;
    return fields >> ticks ? booted + ticks / static_cast<double>(::sysconf(_SC_CLK_TCK)) : 0;
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
    usage.open_descriptors = count_descriptors();
    rlimit bound{};
    if (::getrlimit(RLIMIT_NOFILE, &bound) == 0) usage.max_descriptors = bound.rlim_cur;
    static const double started = start_time();
    usage.started_seconds = started;
    return usage;
}

}  // namespace weir

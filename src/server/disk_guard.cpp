#include "server/disk_guard.h"

#include <system_error>
#include <utility>

#include "base/log.h"

namespace weir {

DiskGuard::DiskGuard(Probe probe, Bytes min_free, Health& health)
    : probe_(std::move(probe)), min_free_(min_free), health_(health) {}

void DiskGuard::check() {
    const auto free = probe_();
    if (!free) return;
    const bool full = *free < min_free_.count;
    if (full == std::exchange(full_, full)) return;
    health_.set_disk_full(full);
    log(full ? LogLevel::error : LogLevel::info,
        full ? "the disk is nearly full: no events are taken until there is room" : "events are taken again",
        {{"free", format_bytes({*free})}, {"wanted", format_bytes(min_free_)}});
}

std::optional<std::uint64_t> free_bytes(const std::filesystem::path& folder) {
    std::error_code error;
    const auto space = std::filesystem::space(folder, error);
    if (error) return std::nullopt;
    return space.available;
}

}  // namespace weir

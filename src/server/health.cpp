#include "server/health.h"

namespace weir {

bool Health::set_failed(const Error& error) {
    const std::lock_guard lock(mutex_);
    if (failed_) return false;
    failure_ = error;
    failed_ = true;
    return true;
}

std::optional<Error> Health::refusal() const {
    if (failed_) {
        const std::lock_guard lock(mutex_);
        Error error = failure_;
        error.code = ErrorCode::storage;
        return error;
    }
    if (draining_)
        return Error{ErrorCode::unavailable, "draining", "the server is stopping and takes no more events",
                     "send the batch again, to this server when it is back or to another"};
    if (disk_full_)
        return Error{ErrorCode::unavailable, "disk-full", "the disk of the data folder is nearly full",
                     "make room on it; events are taken again within a second after that"};
    return std::nullopt;
}

std::string_view Health::state() const {
    if (failed_) return "failed";
    if (draining_) return "draining";
    return disk_full_ ? "disk-full" : "ready";
}

}  // namespace weir

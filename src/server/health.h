#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace weir {

// Whether events may be taken, and if not, why. Thread-safe; reading it is cheap.
class Health {
  public:
    void set_draining() { draining_ = true; }
    void set_disk_full(bool full) { disk_full_ = full; }
    // Returns true the first time: the store has failed and only a restart can help.
    bool set_failed(const Error& error);

    // Why no event can be taken now; nothing when it can.
    [[nodiscard]] std::optional<Error> refusal() const;
    // "ready", "draining", "disk-full" or "failed".
    [[nodiscard]] std::string_view state() const;

  private:
    std::atomic<bool> draining_ = false;
    std::atomic<bool> disk_full_ = false;
    std::atomic<bool> failed_ = false;
    mutable std::mutex mutex_;  // guards failure_
    Error failure_;
};

}  // namespace weir

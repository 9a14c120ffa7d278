#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "aws/credentials.h"
#include "base/clock.h"

namespace weir::aws {

// The credentials of a session: from the first source that has any, then from that one again before they
// expire. Thread-safe; one thread loads at a time, the others go on with what is still valid, or wait.
class CredentialCache {
  public:
    CredentialCache(std::vector<std::unique_ptr<CredentialSource>> sources, Clock& clock)
        : sources_(std::move(sources)), clock_(clock) {}

    // Fails with ErrorCode::unauthorized (reason "no-credentials") when no source has any, else as the source
    // does.
    Result<Credentials> get();
    // AWS says that these have expired: they are not given out again.
    void expire(const Credentials& stale);

  private:
    Result<Credentials> load();
    Result<Credentials> load_first();
    void keep(const Credentials& loaded);
    [[nodiscard]] bool is_usable(Timestamp now) const;

    std::vector<std::unique_ptr<CredentialSource>> sources_;  // used by the loading thread only
    CredentialSource* chosen_ = nullptr;                      // likewise
    Clock& clock_;

    std::mutex mutex_;  // guards all below
    std::condition_variable loaded_;
    bool loading_ = false;
    std::uint64_t loads_ = 0;  // so that those who waited know that their load has ended
    std::optional<Credentials> current_;
    std::optional<Error> failure_;  // of the last load
    Timestamp refresh_at_{};
};

}  // namespace weir::aws

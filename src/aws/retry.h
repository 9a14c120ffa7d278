#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include "base/time.h"

namespace weir::aws {

// Retries as the SDKs' standard mode does them (SDKs and Tools Reference Guide, "Retry behavior"; botocore,
// retries/standard.py and quota.py).

enum class RetryKind {
    none,
    transient,  // 5xx, connection lost, wrong checksum
    timeout,    // as transient, but it costs more
    throttle,   // waits from a second on
};

// How long to wait before the retry of that number (1: the first): full jitter, random * min(base *
// 2^(retry-1), 20 s), the base 1 s after a throttle and 50 ms else. A service's own wish (x-amz-retry-after)
// is followed, up to 5 s beyond that.
Duration retry_delay(RetryKind kind, unsigned retry, double random, std::optional<Duration> wish);

// What keeps many callers from drowning a service that fails: retries are paid from a bucket of 500 tokens
// that only successes fill. Thread-safe.
class RetryBudget {
  public:
    static constexpr std::uint32_t capacity = 500;

    // What a retry of that kind costs.
    static std::uint32_t cost(RetryKind kind) { return kind == RetryKind::timeout ? 10 : 5; }

    bool take(std::uint32_t tokens);
    // After a success: what its last retry had cost, or 1 when it needed none.
    void refund(std::uint32_t tokens);

  private:
    std::mutex mutex_;
    std::uint32_t left_ = capacity;
};

}  // namespace weir::aws

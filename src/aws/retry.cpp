#include "aws/retry.h"

#include <algorithm>
#include <cmath>

namespace weir::aws {
namespace {

constexpr double first_wait_ms = 50;
constexpr double first_wait_throttled_ms = 1'000;
constexpr double longest_wait_ms = 20'000;
constexpr Duration longest_beyond{5'000};

}  // namespace

Duration retry_delay(RetryKind kind, unsigned retry, double random, std::optional<Duration> wish) {
    const double first = kind == RetryKind::throttle ? first_wait_throttled_ms : first_wait_ms;
    const double longest = std::min(first * std::exp2(retry - 1), longest_wait_ms);
    const Duration delay{static_cast<std::int64_t>(random * longest)};
    return wish ? std::clamp(*wish, delay, delay + longest_beyond) : delay;
}

bool RetryBudget::take(std::uint32_t tokens) {
    const std::lock_guard lock{mutex_};
    if (left_ < tokens) return false;
    left_ -= tokens;
    return true;
}

void RetryBudget::refund(std::uint32_t tokens) {
    const std::lock_guard lock{mutex_};
    left_ = std::min(left_ + tokens, capacity);
}

}  // namespace weir::aws

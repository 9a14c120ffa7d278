#include "pipeline/producer_pacing.h"

#include <algorithm>
#include <cmath>

namespace weir {
namespace {

using std::chrono::nanoseconds;

nanoseconds offset_of(const Clock& clock, SteadyTime steady) {
    return nanoseconds(clock.now().time_since_epoch()) - nanoseconds(steady.time_since_epoch());
}

}  // namespace

void Pacer::start() {
    start_ = steady_ = clock_.steady_now();
    wall_offset_ = offset_of(clock_, steady_);
}

void Pacer::look() {
    steady_ = clock_.steady_now();
    if (!rate_) return;
    // The wall clock may be set, and the steady one stands still while a machine sleeps: follow a real
    // difference, not the jitter between the two readings, so that times stay evenly spaced.
    constexpr nanoseconds tolerated = std::chrono::milliseconds{100};
    const nanoseconds offset = offset_of(clock_, steady_);
    if (std::chrono::abs(offset - wall_offset_) > tolerated) wall_offset_ = offset;
}

SteadyTime Pacer::due(std::uint64_t k) const {
    constexpr double nanoseconds_a_second = 1e9;
    return start_ + nanoseconds(std::llround(static_cast<double>(k) * (nanoseconds_a_second / *rate_)));
}

Timestamp Pacer::stamp(std::uint64_t k) {
    const Timestamp now =
        rate_ ? Timestamp(std::chrono::floor<Duration>(due(k).time_since_epoch() + wall_offset_))
              : clock_.now();
    last_ = std::max(last_, now);
    return last_;
}

}  // namespace weir

#pragma once

#include <algorithm>

#include "base/clock.h"

namespace weir {

// How long a wait may go on before it looks whether it is still wanted: Clock::sleep_until cannot be
// interrupted.
constexpr Duration wait_slice{20};

// Sleeps until `t`, or until `ended` says so.
template <typename Ended>
void sleep_in_slices(Clock& clock, SteadyTime t, const Ended& ended) {
    for (SteadyTime now = clock.steady_now(); now < t && !ended(); now = clock.steady_now())
        clock.sleep_until(std::min(t, now + wait_slice));
}

}  // namespace weir

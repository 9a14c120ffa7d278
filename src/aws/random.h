#pragma once

#include <functional>

namespace weir::aws {

// Numbers in [0, 1), for the jitter of waits; thread-safe. Tests give their own.
using RandomSource = std::function<double()>;
RandomSource system_random();

}  // namespace weir::aws

#pragma once

#include <chrono>

#include "base/time.h"

namespace weir {

using SteadyTime = std::chrono::steady_clock::time_point;

// Where time comes from. Everything that reads the time or waits takes a Clock, so that tests run in
// simulated time. Thread-safe.
class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Timestamp now() const = 0;          // wall clock, UTC
    [[nodiscard]] virtual SteadyTime steady_now() const = 0;  // never goes back; for rates and deadlines
    virtual void sleep_until(SteadyTime t) = 0;
};

// The machine's clocks; one for the whole process.
Clock& system_clock();

}  // namespace weir

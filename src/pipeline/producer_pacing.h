#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/time.h"

namespace weir {

// When each event of a run is due, and which time it carries. With a rate, event k (from 1) is due at start +
// k / rate, and that is its ts, however late it is produced; without one every event is due at once and its
// ts is now. A ts never goes back within the run. Used by one thread.
class Pacer {
  public:
    // `rate`: events a second, > 0.
    Pacer(const Clock& clock, std::optional<double> rate) : clock_(clock), rate_(rate) {}

    // Sets the start. Before it nothing else may be called.
    void start();

    // Reads the clocks; is_due and stamp stand on what was read last.
    void look();
    [[nodiscard]] SteadyTime seen() const { return steady_; }

    [[nodiscard]] bool is_due(std::uint64_t k) const { return !rate_ || due(k) <= steady_; }
    // Only with a rate.
    [[nodiscard]] SteadyTime due(std::uint64_t k) const;
    Timestamp stamp(std::uint64_t k);

  private:
    const Clock& clock_;
    std::optional<double> rate_;
    SteadyTime start_;
    SteadyTime steady_;
    std::chrono::nanoseconds wall_offset_{0};  // wall clock - steady clock
    Timestamp last_ = min_timestamp;
};

}  // namespace weir

#pragma once

#include <atomic>

#include "base/clock.h"

namespace weir::test {

// A clock that moves only when told to; sleeping moves it. Thread-safe.
class ManualClock final : public Clock {
  public:
    explicit ManualClock(Timestamp start) : ms_(to_ms(start)) {}
    Timestamp now() const override { return timestamp_from_ms(ms_); }
    SteadyTime steady_now() const override { return SteadyTime{std::chrono::milliseconds{ms_.load()}}; }
    void sleep_until(SteadyTime t) override {
        const auto wanted = std::chrono::ceil<std::chrono::milliseconds>(t.time_since_epoch()).count();
        for (auto current = ms_.load(); current < wanted && !ms_.compare_exchange_weak(current, wanted);) {
        }
    }
    void advance(Duration d) { ms_ += d.count(); }
    void set(Timestamp t) { ms_ = to_ms(t); }

  private:
    std::atomic<std::int64_t> ms_;
};

}  // namespace weir::test

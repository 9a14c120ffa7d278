#include "base/clock.h"

#include <thread>

namespace weir {
namespace {

class SystemClock final : public Clock {
  public:
    Timestamp now() const override { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); }
    SteadyTime steady_now() const override { return std::chrono::steady_clock::now(); }
    void sleep_until(SteadyTime t) override { std::this_thread::sleep_until(t); }
};

}  // namespace

Clock& system_clock() {
    static SystemClock clock;
    return clock;
}

}  // namespace weir

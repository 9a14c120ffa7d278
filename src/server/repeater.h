#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "base/time.h"

namespace weir {

// Calls a function again and again from a thread of its own, `pause` after it returned; by the machine's
// steady clock, since it is about how often to look, not about what time it is. The function throws nothing.
class Repeater {
  public:
    Repeater(Duration pause, std::function<void()> task);
    ~Repeater();  // stops
    // Returns when the function no longer runs.
    void stop();

  private:
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace weir

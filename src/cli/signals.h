#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <thread>

namespace weir::cli {

// SIGPIPE is ignored from here on: a closed pipe is an error of the write.
void ignore_broken_pipes();

// For a server: it outlives the terminal that it was started from.
void ignore_hangups();

// Turns SIGINT and SIGTERM into calls from a thread of its own, so that a handler may do what it likes. The
// signals are held back from construction on, and wait until `watch`; construct it before any other thread is
// started, so that all inherit that.
class SignalWatcher {
  public:
    // Told of each signal and how many came so far (1, 2, …). The third ends the process at once, whatever
    // the handler does.
    using Handler = std::function<void(int signal, int times)>;

    SignalWatcher();
    ~SignalWatcher();
    SignalWatcher(const SignalWatcher&) = delete;
    SignalWatcher& operator=(const SignalWatcher&) = delete;

    void watch(Handler handler);
    // The first signal that came, if any did.
    [[nodiscard]] std::optional<int> received() const;

  private:
    void loop(const Handler& handler);

    int signals_ = -1;  // a signalfd
    int stop_ = -1;     // an eventfd
    std::atomic<int> first_{0};
    std::thread thread_;
};

}  // namespace weir::cli

#include "cli/signals.h"

#include <array>
#include <csignal>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/exit_status.h"

namespace weir::cli {
namespace {

constexpr int last_warning = 3;  // this many signals end the process at once

sigset_t watched_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

void set_disposition(int signal, void (*handler)(int)) {
    struct sigaction action = {};
    action.sa_handler = handler;
    sigaction(signal, &action, nullptr);
}

}  // namespace

void ignore_broken_pipes() {
    set_disposition(SIGPIPE, SIG_IGN);
}

void ignore_hangups() {
    set_disposition(SIGHUP, SIG_IGN);
}

SignalWatcher::SignalWatcher() {
    const sigset_t set = watched_signals();
    // A job that a script started with `&` inherits SIGINT as ignored, and an ignored signal never reaches a
    // signalfd.
    set_disposition(SIGINT, SIG_DFL);
    set_disposition(SIGTERM, SIG_DFL);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    signals_ = signalfd(-1, &set, SFD_CLOEXEC);
    stop_ = eventfd(0, EFD_CLOEXEC);
}

SignalWatcher::~SignalWatcher() {
    if (thread_.joinable()) {
        eventfd_write(stop_, 1);
        thread_.join();
    }
    ::close(signals_);
    ::close(stop_);
    const sigset_t set = watched_signals();
    pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void SignalWatcher::watch(Handler handler) {
    thread_ = std::thread([this, handler = std::move(handler)] { loop(handler); });
}

std::optional<int> SignalWatcher::received() const {
    const int signal = first_.load();
    return signal == 0 ? std::nullopt : std::optional(signal);
}

void SignalWatcher::loop(const Handler& handler) {
    std::array<pollfd, 2> waiting{{{signals_, POLLIN, 0}, {stop_, POLLIN, 0}}};
    for (int times = 1;;) {
        if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;
        if (waiting[1].revents != 0) return;
        signalfd_siginfo info{};
        if (::read(signals_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) continue;
        const int signal = static_cast<int>(info.ssi_signo);
        int none = 0;
        first_.compare_exchange_strong(none, signal);
        if (times >= last_warning) ::_exit(exit_status_of_signal(signal));
        handler(signal, times++);
    }
}

}  // namespace weir::cli

#include "cli/terminal.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

namespace weir::cli {
namespace {

// xterm's control sequences: the alternate screen, no wrapping at the last column, no cursor.
constexpr std::string_view enter_screen = "\x1b[?1049h\x1b[?7l\x1b[?25l";
constexpr std::string_view leave_screen = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";
constexpr std::size_t most_typed = 4096;  // read at once

void write_all(std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(STDOUT_FILENO, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return;  // nobody is left to see it
        text.remove_prefix(static_cast<std::size_t>(count));
    }
}

sigset_t screen_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGWINCH, SIGTSTP, SIGCONT})
        sigaddset(&set, signal);
    return set;
}

}  // namespace

struct Terminal::Impl {
    bool color = false;
    termios before{};
    sigset_t mask_before{};
    int signals = -1;  // a signalfd
    int woken = -1;    // an eventfd
    bool entered = false;
    std::optional<Frame> drawn;

    void enter() {
        termios raw = before;
        raw.c_lflag &=
            ~static_cast<tcflag_t>(ICANON | ECHO | IEXTEN);  // signals still come from Ctrl-C and Ctrl-Z
        raw.c_iflag &= ~static_cast<tcflag_t>(IXON | ICRNL);
        raw.c_cc[VMIN] = 1;
        raw.c_cc[VTIME] = 0;
        raw.c_cc[VQUIT] = _POSIX_VDISABLE;  // Ctrl-\ would leave the screen as it is
        ::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
        write_all(enter_screen);
        entered = true;
        drawn.reset();
    }

    void leave() {
        if (!std::exchange(entered, false)) return;
        write_all(leave_screen);
        ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
    }

    void take_signal() {
        signalfd_siginfo info{};
        if (::read(signals, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return;
        const int signal = static_cast<int>(info.ssi_signo);
        if (signal == SIGTSTP) {
            leave();
            ::raise(SIGSTOP);  // this thread at once, and so all of them, until the shell's `fg`
        }
        if (signal == SIGCONT) enter();
        drawn.reset();  // another size, or others have drawn meanwhile
    }
};

Terminal::Terminal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Terminal>> Terminal::open(bool color) {
    auto impl = std::make_unique<Impl>();
    impl->color = color;
    if (::isatty(STDOUT_FILENO) != 1 || ::tcgetattr(STDIN_FILENO, &impl->before) != 0)
        return fail(ErrorCode::io, "no-terminal", "standard input and output are no terminal",
                    "weir top --once prints one snapshot anywhere");
    const sigset_t set = screen_signals();
    pthread_sigmask(SIG_BLOCK, &set, &impl->mask_before);
    impl->signals = ::signalfd(-1, &set, SFD_CLOEXEC);
    impl->woken = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    impl->enter();
    return std::unique_ptr<Terminal>(new Terminal(std::move(impl)));
}

Terminal::~Terminal() {
    impl_->leave();
    ::close(impl_->signals);
    ::close(impl_->woken);
    pthread_sigmask(SIG_SETMASK, &impl_->mask_before, nullptr);
}

ScreenSize Terminal::size() const {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
    return {size.ws_col, size.ws_row};
}

void Terminal::draw(const Frame& frame) {
    if (!impl_->entered) return;  // stopped: the screen is the shell's
    write_all(drawn_frame(impl_->drawn ? &*impl_->drawn : nullptr, frame, impl_->color));
    impl_->drawn = frame;
}

Terminal::News Terminal::wait(Duration at_most) {
    std::array<pollfd, 3> waiting{
        {{STDIN_FILENO, POLLIN, 0}, {impl_->signals, POLLIN, 0}, {impl_->woken, POLLIN, 0}}};
    News news;
    const int ready = ::poll(waiting.data(), waiting.size(), static_cast<int>(at_most.count()));
    news.quiet = ready == 0;
    if (ready <= 0) return news;
    if (waiting[1].revents != 0) impl_->take_signal();
    if (waiting[2].revents != 0) {
        eventfd_t count = 0;
        ::eventfd_read(impl_->woken, &count);
    }
    if (waiting[0].revents == 0) return news;
    std::array<char, most_typed> bytes{};
    const ssize_t count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (count > 0) news.input.assign(bytes.data(), static_cast<std::size_t>(count));
    news.gone = count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN);
    return news;
}

void Terminal::wake() const {
    ::eventfd_write(impl_->woken, 1);
}

}  // namespace weir::cli

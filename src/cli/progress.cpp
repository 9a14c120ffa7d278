#include "cli/progress.h"

#include <chrono>
#include <cmath>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/table.h"

namespace weir::cli {
namespace {

constexpr std::chrono::milliseconds drawn_every{250};
constexpr std::chrono::seconds printed_every{10};

}  // namespace

Progress::Progress(Console& console, ProgressMode mode, std::function<std::string()> line)
    : console_(console) {
    if (mode == ProgressMode::never) return;
    const bool drawn = mode == ProgressMode::always || ::isatty(STDERR_FILENO) == 1;
    thread_ = std::thread([this, drawn, line = std::move(line)] { loop(drawn, line); });
}

Progress::~Progress() {
    if (!thread_.joinable()) return;
    {
        const std::scoped_lock lock(mutex_);
        end_ = true;
    }
    ended_.notify_all();
    thread_.join();
    console_.draw("");
}

void Progress::loop(bool drawn, const std::function<std::string()>& line) {
    const auto pause = drawn ? drawn_every : std::chrono::milliseconds(printed_every);
    std::unique_lock lock(mutex_);
    while (!ended_.wait_for(lock, pause, [this] { return end_; })) {
        if (drawn)
            console_.draw(fit(line(), terminal_width() - 1));  // the last column would wrap the line
        else
            console_.say(line());
    }
}

std::size_t terminal_width() {
    winsize size{};
    constexpr std::size_t usual = 80;
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 2) return usual;
    return size.ws_col;
}

std::string progress_line(const ProducerProgress& progress, std::optional<std::uint64_t> limit) {
    const double seconds = std::max(progress.seconds, 0.001);
    const std::uint64_t settled = progress.acknowledged + progress.rejected + progress.failed;
    const double rate = static_cast<double>(settled) / seconds;
    std::string line = with_commas(settled);
    if (limit)
        line += fmt::format("/{} {:.0f}%", with_commas(*limit),
                            std::floor(100.0 * static_cast<double>(settled) / static_cast<double>(*limit)));
    line += fmt::format("  {} events/s  {:.1f} MB/s", with_commas(static_cast<unsigned long long>(rate)),
                        static_cast<double>(progress.wire_bytes) / seconds / 1e6);
    if (limit && settled < *limit)
        line += fmt::format("  ETA {}",
                            rate > 0 ? format_eta(static_cast<double>(*limit - settled) / rate) : "?");
    line += fmt::format("  acknowledged {}  rejected {}  retries {}", with_commas(progress.acknowledged),
                        with_commas(progress.rejected), with_commas(progress.retries));
    if (progress.failed > 0) line += fmt::format("  failed {}", with_commas(progress.failed));
    return line;
}

std::string format_eta(double seconds) {
    constexpr double longest = 99.0 * 86400;
    const auto total = static_cast<unsigned long long>(std::ceil(std::clamp(seconds, 0.0, longest)));
    if (total < 60) return fmt::format("{}s", total);
    if (total < 3600) return fmt::format("{}m {}s", total / 60, total % 60);
    if (total < 86400) return fmt::format("{}h {}m", total / 3600, total % 3600 / 60);
    return fmt::format("{}d {}h", total / 86400, total % 86400 / 3600);
}

}  // namespace weir::cli

#include "cli/console.h"

#include <cstdlib>

#include <fmt/format.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

namespace weir::cli {
namespace {

std::string_view variable(const char* name) {
    const char* value =
        std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here changes the environment
    return value == nullptr ? std::string_view() : value;
}

bool wants_color(ColorMode mode, int descriptor) {
    if (mode != ColorMode::automatic) return mode == ColorMode::always;
    return variable("NO_COLOR").empty() && variable("TERM") != "dumb" && ::isatty(descriptor) == 1;
}

}  // namespace

Style::Style(ColorMode mode, int descriptor) : enabled_(wants_color(mode, descriptor)) {}

std::string Style::colored(std::string_view code, std::string_view text) const {
    return enabled_ ? fmt::format("{}{}\x1b[0m", code, text) : std::string(text);
}

Console::Console(ColorMode mode) : out_(mode, STDOUT_FILENO), err_(mode, STDERR_FILENO) {}

void Console::say(std::string_view line) {
    if (as_log_) return log(LogLevel::info, line);
    const std::scoped_lock lock(mutex_);
    if (drawn_.empty()) return write(fmt::format("{}\n", line));
    write(fmt::format("\r\x1b[K{}\n{}", line, drawn_));
}

void Console::report(const Error& error) {
    if (as_log_) return log(LogLevel::error, error.message, {{"reason", error.reason}, {"hint", error.hint}});
    std::string text = fmt::format("{} {}", err_.bad("weir:"), printable(error.message));
    if (!error.hint.empty()) text += fmt::format("\n  hint: {}", printable(error.hint));
    say(text);
}

void Console::warn(std::string_view message) {
    if (as_log_) return log(LogLevel::warning, message);
    say(fmt::format("weir: warning: {}", printable(message)));
}

void Console::draw(const std::string& line) {
    const std::scoped_lock lock(mutex_);
    if (line.empty() && drawn_.empty()) return;
    write(fmt::format("\r{}\x1b[K", line));
    drawn_ = line;
}

void Console::write(std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(STDERR_FILENO, text.data(), text.size());
        if (count <= 0) return;  // nobody is left to tell
        text.remove_prefix(static_cast<std::size_t>(count));
    }
}

}  // namespace weir::cli

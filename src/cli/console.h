#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::cli {

enum class ColorMode { automatic, always, never };

// Colours for one stream. Never the only bearer of a meaning: the words say it too.
class Style {
  public:
    // Automatic: off with NO_COLOR set and not empty, TERM=dumb, or when the stream is no terminal.
    Style(ColorMode mode, int descriptor);
    [[nodiscard]] bool enabled() const { return enabled_; }
    [[nodiscard]] std::string good(std::string_view text) const { return colored("\x1b[32m", text); }
    [[nodiscard]] std::string bad(std::string_view text) const { return colored("\x1b[31m", text); }
    [[nodiscard]] std::string strong(std::string_view text) const { return colored("\x1b[1m", text); }

  private:
    [[nodiscard]] std::string colored(std::string_view code, std::string_view text) const;
    bool enabled_;
};

// What a command says beside its data: all of standard error. Thread-safe, so that a message of the signal
// thread and the progress line do not mix.
class Console {
  public:
    explicit Console(ColorMode mode);
    [[nodiscard]] const Style& out() const { return out_; }
    [[nodiscard]] const Style& err() const { return err_; }

    // From here on everything that is said is a line of the log (base/log.h), in its format: for a program
    // whose standard error is read by another one. Before the first thread is started.
    void speak_as_log() { as_log_ = true; }

    // A line of its own, above the progress line if there is one.
    void say(std::string_view line);
    // `weir: message` and `  hint: …`.
    void report(const Error& error);
    // `weir: warning: message`.
    void warn(std::string_view message);

    // Draws, or draws again, the line at the bottom; an empty one removes it.
    void draw(const std::string& line);

  private:
    void write(std::string_view text);  // under the lock
    Style out_, err_;
    bool as_log_ = false;
    std::mutex mutex_;
    std::string drawn_;
};

}  // namespace weir::cli

#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "cli/frame.h"

namespace weir::cli {

// The whole screen of a terminal, for as long as this object lives: raw keys, the alternate screen, no
// cursor. The destructor gives it back as it was, also behind a shell's Ctrl-Z and `fg`. For one thread,
// except `wake`; construct it before any other thread is started, so that all leave its signals to it.
class Terminal {
  public:
    // Standard input and output must be a terminal (ErrorCode::io, "no-terminal").
    static Result<std::unique_ptr<Terminal>> open(bool color);
    ~Terminal();
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    [[nodiscard]] ScreenSize size() const;
    // Writes what differs from the frame before.
    void draw(const Frame& frame);

    struct News {
        std::string input;   // bytes that were typed
        bool gone = false;   // the terminal was closed
        bool quiet = false;  // nothing happened for so long
    };
    // Waits until something is typed, the size changes, `wake` is called, or so long has passed.
    News wait(Duration at_most);
    // From any thread.
    void wake() const;

  private:
    struct Impl;
    explicit Terminal(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace weir::cli

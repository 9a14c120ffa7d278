#pragma once

#include <cstddef>
#include <string_view>

namespace weir::http {

// Finds the end of a message's head in the raw bytes, and refuses there what a lenient parser would hide from
// the guard behind it: Boost.Beast joins folded lines before anyone sees them. Incremental: looks at every
// byte once.
class HeadScanner {
  public:
    enum class State {
        incomplete,      // no blank line yet
        complete,        // see size()
        bare_line_feed,  // LF without CR before it, RFC 9112, section 2.2
        bare_return,     // CR without LF after it
        control,         // NUL or another control character (but HTAB)
        folded,          // a line that begins with white space: obs-fold, RFC 9112, section 5.2
        no_message,      // the first byte cannot begin a request line or status line (a TLS hello, say)
    };

    // `buffer` is everything received since reset(), the bytes of earlier calls included.
    State scan(std::string_view buffer);
    // The bytes of the head, the blank line included; valid once complete.
    [[nodiscard]] std::size_t size() const { return position_; }
    void reset() { *this = HeadScanner{}; }

  private:
    std::size_t position_ = 0;  // everything before it is looked at
    std::size_t line_start_ = 0;
    State state_ = State::incomplete;
};

// For people: "a folded header line".
std::string_view describe(HeadScanner::State state);

}  // namespace weir::http

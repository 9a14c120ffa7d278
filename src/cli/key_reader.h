#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::cli {

enum class KeyCode {
    character,
    up,
    down,
    page_up,
    page_down,
    home,
    end,
    enter,
    escape,
    backspace,
    clear_line
};

struct TypedKey {
    KeyCode code = KeyCode::character;
    std::string text{};  // of a character: one code point of UTF-8
    bool operator==(const TypedKey&) const = default;
};

// Makes keys of what a terminal in raw mode sends: UTF-8, and the sequences of ECMA-48 and of xterm.
// Sequences it does not know, and bytes that are no UTF-8, are passed over.
class KeyReader {
  public:
    std::vector<TypedKey> feed(std::string_view bytes);
    // Whether a sequence has begun that may also be the Escape key alone.
    [[nodiscard]] bool unfinished() const { return !pending_.empty(); }
    // Nothing has followed for a while: it was.
    std::vector<TypedKey> finish();

  private:
    bool take_one(std::vector<TypedKey>& keys);

    std::string pending_;
};

}  // namespace weir::cli

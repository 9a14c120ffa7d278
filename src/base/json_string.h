#pragma once

#include <string>
#include <string_view>

namespace weir {

// `text` as a JSON string with its quotes (RFC 8259); bytes that are no UTF-8 become U+FFFD.
std::string json_string(std::string_view text);

// Appends what json_string returns.
void append_json_string(std::string& out, std::string_view text);

// The same, for text that must be UTF-8: false when it is not. One look at the text in place of is_utf8's and
// another one's.
[[nodiscard]] bool append_json_utf8(std::string& out, std::string_view text);

}  // namespace weir

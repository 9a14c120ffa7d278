#pragma once

#include <string>
#include <string_view>

namespace weir {

// As append_json_string (base/text.h), for text that must be UTF-8: false when it is not, and U+FFFD then
// stands where a byte was none. One look at the text in place of is_utf8's and another one's.
[[nodiscard]] bool append_json_utf8(std::string& out, std::string_view text);

}  // namespace weir

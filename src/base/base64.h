#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir {

// RFC 4648, section 4: the standard alphabet, padded, without line breaks.
std::string base64_encode(std::string_view bytes);

// Nothing when `text` is not exactly what base64_encode could have written.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace weir

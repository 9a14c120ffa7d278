#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::aws {

// Base64 as the AWS APIs write binary values: RFC 4648 section 4, padded, one line.
std::string to_base64(std::string_view bytes);
// Nothing when it is no such text.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace weir::aws

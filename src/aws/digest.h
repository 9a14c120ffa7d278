#pragma once

#include <string>
#include <string_view>

namespace weir::aws {

// SHA-256 and HMAC-SHA-256 (FIPS 180-4, RFC 2104): 32 bytes.
std::string sha256(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);

// Lower-case hexadecimal digits.
std::string hex(std::string_view bytes);

}  // namespace weir::aws

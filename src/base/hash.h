#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir {

// XXH3-128 of some content: tells a repeated batch from one with other content. Not cryptographic.
struct Hash128 {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    bool operator==(const Hash128&) const = default;
};

Hash128 hash128(std::string_view bytes);

// 32 lower-case hexadecimal digits.
std::string to_hex(Hash128 hash);

}  // namespace weir

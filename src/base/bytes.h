#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir {

// A number of bytes; a type of its own so that it cannot be swapped with a count.
struct Bytes {
    std::uint64_t count = 0;
    auto operator<=>(const Bytes&) const = default;
};

constexpr Bytes operator""_KiB(unsigned long long n) {
    return {n << 10U};
}
constexpr Bytes operator""_MiB(unsigned long long n) {
    return {n << 20U};
}
constexpr Bytes operator""_GiB(unsigned long long n) {
    return {n << 30U};
}

// Reads `500`, `64KiB`, `8MiB`, `1GiB` (and kB, MB, GB as powers of ten) (reason "size-invalid").
Result<Bytes> parse_bytes(std::string_view text);

// For people: `12.3 MiB`.
std::string format_bytes(Bytes bytes);

// The form that parse_bytes reads back, without loss: `8MiB`.
std::string exact_bytes(Bytes bytes);

}  // namespace weir

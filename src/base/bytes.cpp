#include "base/bytes.h"

#include <array>
#include <charconv>
#include <limits>

#include <fmt/format.h>

namespace weir {
namespace {

struct Unit {
    std::string_view suffix;
    std::uint64_t bytes;
};
constexpr std::array<Unit, 8> units{{{"GiB", 1U << 30U},
                                     {"MiB", 1U << 20U},
                                     {"KiB", 1U << 10U},
                                     {"GB", 1'000'000'000},
                                     {"MB", 1'000'000},
                                     {"kB", 1'000},
                                     {"B", 1},
                                     {"", 1}}};

}  // namespace

Result<Bytes> parse_bytes(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const std::string_view suffix = text.substr(static_cast<std::size_t>(end - text.data()));
    for (const Unit& unit : units) {
        if (error != std::errc{} || suffix != unit.suffix) continue;
        if (value > std::numeric_limits<std::uint64_t>::max() / unit.bytes) break;
        return Bytes{value * unit.bytes};
    }
    return fail(ErrorCode::invalid, "size-invalid", fmt::format("'{}' is not a size", text.substr(0, 64)),
                "write a number of bytes or a number and a unit: 64KiB, 8MiB, 1GiB");
}

std::string format_bytes(Bytes bytes) {
    for (const Unit& unit : {units[0], units[1], units[2]})
        if (bytes.count >= unit.bytes)
            return fmt::format(
                "{:.1f} {}", static_cast<double>(bytes.count) / static_cast<double>(unit.bytes), unit.suffix);
    return fmt::format("{} B", bytes.count);
}

std::string exact_bytes(Bytes bytes) {
    for (const Unit& unit : {units[0], units[1], units[2]})
        if (bytes.count != 0 && bytes.count % unit.bytes == 0)
            return fmt::format("{}{}", bytes.count / unit.bytes, unit.suffix);
    return fmt::format("{}", bytes.count);
}

}  // namespace weir

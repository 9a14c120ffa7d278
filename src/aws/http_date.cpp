#include "aws/http_date.h"

#include <string>

#include <fmt/format.h>

namespace weir::aws {

std::optional<Timestamp> read_http_date(std::string_view text) {
    constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (text.size() != 29 || text.substr(3, 2) != ", " || !text.ends_with(" GMT")) return std::nullopt;
    const std::size_t month = months.find(text.substr(8, 3));
    if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
    const auto time = parse_rfc3339(fmt::format("{}-{:02}-{}T{}Z", text.substr(12, 4), month / 3 + 1,
                                                text.substr(5, 2), text.substr(17, 8)));
    return time ? std::optional{*time} : std::nullopt;
}

}  // namespace weir::aws

#include "server/authorization.h"

#include <algorithm>
#include <cctype>

namespace weir {
namespace {

bool equal_in_constant_time(std::string_view given, std::string_view token) {
    unsigned difference = given.size() == token.size() ? 0U : 1U;
    for (std::size_t i = 0; i < given.size(); ++i)
        difference |= static_cast<unsigned char>(given[i] ^ token[i % token.size()]);
    return difference == 0;
}

bool is_bearer(std::string_view scheme) {
    constexpr std::string_view name = "bearer";
    return std::equal(scheme.begin(), scheme.end(), name.begin(), name.end(),
                      [](unsigned char a, char b) { return std::tolower(a) == b; });
}

}  // namespace

bool is_authorized(const http::RequestHead& head, std::string_view token) {
    if (token.empty()) return true;
    if (head.headers.count("Authorization") != 1) return false;
    const std::string_view value = *head.headers.get("Authorization");
    const std::size_t space = value.find(' ');
    if (space == std::string_view::npos || !is_bearer(value.substr(0, space))) return false;
    const std::size_t start = value.find_first_not_of(' ', space);
    return start != std::string_view::npos && equal_in_constant_time(value.substr(start), token);
}

bool is_token(std::string_view given, std::string_view token) {
    return token.empty() || equal_in_constant_time(given, token);
}

}  // namespace weir

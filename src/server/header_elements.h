#pragma once

#include <algorithm>
#include <string_view>

#include "base/text.h"

namespace weir {

// The pieces of headers that are lists, such as Accept (RFC 9110, section 5.6.1). No quoted strings: in the
// headers that are read here they change nothing.

inline std::string_view trimmed_element(std::string_view text) {
    constexpr std::string_view space = " \t";
    const std::size_t begin = text.find_first_not_of(space);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

// ASCII letters without their case.
inline bool is_same(std::string_view a, std::string_view b) {
    return a.size() == b.size() && contains_ignoring_case(a, b);
}

// The part of `text` up to the separator, which is taken off.
inline std::string_view next_part(std::string_view& text, char separator) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view part = trimmed_element(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
    return part;
}

}  // namespace weir

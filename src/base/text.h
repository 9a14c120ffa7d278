#pragma once

#include <string>
#include <string_view>

namespace weir {

// `text` fit for a terminal: control characters (also those of C1) and bytes that are no UTF-8 are written as
// \xNN.
std::string printable(std::string_view text);

// Whether all of `text` is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

// Whether `text` contains `part`, without regard to the case of ASCII letters.
bool contains_ignoring_case(std::string_view text, std::string_view part);

// 12,345,678: for people.
std::string with_commas(unsigned long long number);

}  // namespace weir

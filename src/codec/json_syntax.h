#pragma once

#include <string>
#include <string_view>

namespace weir {

// Whether the first faulty escape in the strings of `json` is a surrogate without its other half (RFC 8259,
// section 8.2), and not an escape that does not exist. For telling the two apart after a parser has refused
// the text.
bool has_lone_surrogate(std::string_view json);

// Replaces, in place and without changing the length, every number that may not fit into 64 bits or a double
// by `0.0` and spaces: JSON sets no bounds on numbers, parsers do. Whoever parses the text then learns that
// there is a number that is no integer. Whether the rest of the text is JSON is not checked. Returns whether
// anything was replaced.
bool replace_large_numbers(std::string& json);

// Whether more than `depth` brackets are open at once somewhere outside the strings of `json`, be it JSON or
// not.
bool nests_deeper_than(std::string_view json, std::size_t depth);

}  // namespace weir

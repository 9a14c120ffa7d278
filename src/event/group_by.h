#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

// What events are counted by, as one text: the name of a field, or the names of several with this between
// them (a control character that no name may hold then). Of several fields the key is their values with
// " | " between them, where a `|` or `\` in a value has a `\` before it, so that different values are
// different keys; a missing or empty one is (blank).
constexpr char group_by_separator = '\x1F';
constexpr std::string_view key_separator = " | ";

std::vector<std::string> group_by_fields(std::string_view group_by);
std::string group_by_of(std::span<const std::string> fields);
// For a person: `Site | Room`.
std::string shown_group_by(std::string_view group_by);

// Appends the next value to a key of several fields; a view that is empty is (blank).
void append_key_part(std::string& key, std::string_view value);

}  // namespace weir

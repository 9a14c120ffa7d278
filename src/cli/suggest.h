#pragma once

#include <span>
#include <string>
#include <string_view>

namespace weir::cli {

// The candidate that `word` was probably meant to be: the nearest within two edits (and fewer edits than it
// has letters), or empty.
std::string suggest(std::string_view word, std::span<const std::string> candidates);

}  // namespace weir::cli

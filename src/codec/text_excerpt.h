#pragma once

#include <string>
#include <string_view>

namespace weir {

// What was found, for an error message: the first bytes of `text` (cut between characters, with … when
// something is left out), in single quotes and fit for a terminal.
std::string excerpt(std::string_view text);

}  // namespace weir

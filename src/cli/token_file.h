#pragma once

#include <string>

#include "base/result.h"
#include "cli/console.h"

namespace weir::cli {

constexpr std::size_t min_token_characters = 16;

// The bearer token in a file: its content without the white space around it, at least min_token_characters
// printable ASCII characters without space. Warns when others than the owner can read the file. All errors
// are ErrorCode::usage; none holds the token.
Result<std::string> read_token_file(const std::string& path, Console& console);

}  // namespace weir::cli

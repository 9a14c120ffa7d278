#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/every_command.h"

namespace weir::cli {

enum class Shell { bash, zsh, fish };

// A script that completes commands, options, words and files in that shell. It asks neither weir nor the
// network while one types.
std::string completion_script(Shell shell, std::span<const DescribedCommand> commands);

// The words that a value can be ("auto|csv|ndjson"); none when it is free.
std::vector<std::string> words_of_value(const std::string& value);

}  // namespace weir::cli

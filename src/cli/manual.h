#pragma once

#include <span>
#include <string>

#include "cli/every_command.h"

namespace weir::cli {

// The manual page weir(1), in man(7): everything that the help of all commands says, and what holds for all
// of them.
std::string manual_page(std::span<const DescribedCommand> commands);

}  // namespace weir::cli

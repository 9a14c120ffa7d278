#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/options.h"

namespace weir::cli {

// What `weir CMD --help` prints: summary, usage, examples, then the options by group with default and
// variable.
std::string command_help(const CommandText& text, const OptionTable& options);

// What `weir --help` prints.
std::string overview(const std::vector<std::unique_ptr<Command>>& commands);

}  // namespace weir::cli

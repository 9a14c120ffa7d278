#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/options.h"

namespace weir::cli {

// A command line taken apart, its values still text.
struct CommandLine {
    std::map<std::string, std::string> values;  // by option name; of a repeated flag the last, or all
    std::vector<std::string> positionals;
    bool help = false;
};

// Takes `arguments` (those after the command's name) apart. A word like `-5m` is a value or positional, never
// a flag. Errors are ErrorCode::usage: an unknown flag (with the one that was probably meant), a missing
// value, too few or too many positionals.
Result<CommandLine> split_command_line(const std::string& command, const OptionTable& options,
                                       const std::vector<std::string>& arguments);

}  // namespace weir::cli

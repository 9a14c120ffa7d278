#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "cli/command_line.h"
#include "cli/config_file.h"
#include "cli/options.h"

namespace weir::cli {

// Gives every option its value from the first place that has one: flag, WEIR_… variable, configuration file.
// What none of them names keeps its built-in default. An error is ErrorCode::usage and names the place
// (`weir.toml:3: window`, `WEIR_RATE`, `--rate`).
Result<void> apply_settings(const std::string& command, const OptionTable& options, const CommandLine& line,
                            const std::optional<ConfigFile>& config);

// Checks that every section of a configuration file is a command and every key one of its options.
Result<void> check_config(const ConfigFile& config);

}  // namespace weir::cli

#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/result.h"

namespace weir::cli {

struct ConfigValue {
    std::string text;
    std::string where;  // "weir.toml:3"
};

// A configuration file: TOML whose sections are commands and whose keys are long flags without their dashes.
// Keys before the first section hold for every command that has such a flag; a section's own key goes before
// them.
struct ConfigFile {
    struct Section {
        std::string where;  // its header: "weir.toml:1"
        std::map<std::string, ConfigValue> values;
    };

    std::string path;
    std::map<std::string, Section> sections;  // "" for what stands before the first

    // The value of `key` for `command`.
    [[nodiscard]] const ConfigValue* find(const std::string& command, const std::string& key) const;
};

// Reads a file whose values are strings, whole numbers, true or false. Errors are ErrorCode::usage and name
// file and line.
Result<ConfigFile> read_config(const std::string& path);

// The file to read: `flag` if given, else $WEIR_CONFIG, else ./weir.toml if there is one, else
// $XDG_CONFIG_HOME/weir/weir.toml (or ~/.config/weir/weir.toml) if there is one, else none.
std::optional<std::string> find_config(const std::optional<std::string>& flag);

}  // namespace weir::cli

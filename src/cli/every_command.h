#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/console.h"
#include "cli/options.h"

namespace weir::cli {

// The options that every command has.
struct EveryCommand {
    ColorMode color = ColorMode::automatic;
    bool no_color = false;
    std::string config;

    void declare(OptionTable& options);
    [[nodiscard]] ColorMode color_mode() const { return no_color ? ColorMode::never : color; }
};

// A command with all its options: what its help, its completion and its part of the manual are made from.
struct DescribedCommand {
    std::unique_ptr<Command> command;
    std::unique_ptr<EveryCommand> every = std::make_unique<EveryCommand>();
    OptionTable options;

    [[nodiscard]] const CommandText& text() const { return command->text(); }
};

// All of them, in the order of the help.
std::vector<DescribedCommand> describe_commands();

}  // namespace weir::cli

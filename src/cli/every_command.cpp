#include "cli/every_command.h"

#include <utility>

namespace weir::cli {

void EveryCommand::declare(OptionTable& options) {
    options.group("Everywhere");
    options.choice<ColorMode>(
        "color", color,
        {{"auto", ColorMode::automatic}, {"always", ColorMode::always}, {"never", ColorMode::never}},
        "Colours; off with NO_COLOR and where no terminal is");
    options.toggle("no-color", no_color, "As --color never").flag_only = true;
    options
        .add("config", "FILE", config,
             "Read settings from FILE; else from ./weir.toml or ~/.config/weir/weir.toml if there is one "
             "(WEIR_CONFIG)")
        .flag_only = true;
}

std::vector<DescribedCommand> describe_commands() {
    std::vector<DescribedCommand> described;
    for (auto& command : all_commands()) {
        DescribedCommand& one = described.emplace_back();
        one.command = std::move(command);
        one.command->declare(one.options);
        one.every->declare(one.options);
    }
    return described;
}

}  // namespace weir::cli

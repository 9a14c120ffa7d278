#include "cli/main.h"

#include <algorithm>
#include <exception>
#include <optional>

#include <fmt/format.h>
#include <unistd.h>

#include "base/version.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "cli/config_file.h"
#include "cli/console.h"
#include "cli/data_sink.h"
#include "cli/every_command.h"
#include "cli/exit_status.h"
#include "cli/help.h"
#include "cli/settings.h"
#include "cli/signals.h"
#include "cli/suggest.h"

namespace weir::cli {
namespace {

int print(const std::string& text) {
    DataSink out = DataSink::standard_output();
    Result<void> written = out.write(text);
    if (written) written = out.finish();
    if (written || written.error().reason == reader_gone) return exit_done;
    Console(ColorMode::automatic).report(written.error());
    return exit_failed;
}

int finish(Console& console, const Result<int>& result) {
    if (result) return *result;
    if (result.error().reason == reader_gone) return exit_done;
    console.report(result.error());
    return exit_status_of(result.error());
}

Command* find_command(const std::vector<std::unique_ptr<Command>>& commands, const std::string& name) {
    const auto found =
        std::ranges::find_if(commands, [&](const auto& command) { return command->text().name == name; });
    return found == commands.end() ? nullptr : found->get();
}

Error unknown_command(const std::vector<std::unique_ptr<Command>>& commands, const std::string& name) {
    std::vector<std::string> names;
    for (const auto& command : commands)
        names.push_back(command->text().name);
    const std::string meant = suggest(name, names);
    const bool flag = name.starts_with('-');
    return {ErrorCode::usage, "command-unknown",
            fmt::format("there is no {} {}", flag ? "option" : "command", name),
            !meant.empty() ? fmt::format("did you mean weir {}?", meant)
            : flag         ? "options stand behind the command: weir stream --rate 10/s FILE"
                           : "weir --help lists the commands"};
}

Result<std::optional<ConfigFile>> load_config(const CommandLine& line) {
    std::optional<std::string> flag;
    if (const auto given = line.values.find("config"); given != line.values.end()) flag = given->second;
    const std::optional<std::string> path = find_config(flag);
    if (!path) return std::optional<ConfigFile>();
    Result<ConfigFile> config = read_config(*path);
    if (!config) return fail(std::move(config).error());
    if (Result<void> checked = check_config(*config); !checked) return fail(checked.error());
    return std::optional(*std::move(config));
}

Result<void> prepare(const Command& command, const OptionTable& options, const CommandLine& line) {
    const Result<std::optional<ConfigFile>> config = load_config(line);
    if (!config) return fail(config.error());
    return apply_settings(command.text().name, options, line, *config);
}

int run_command(Command& command, const std::vector<std::string>& arguments) {
    EveryCommand every;
    OptionTable options;
    command.declare(options);
    every.declare(options);
    const Result<CommandLine> line = split_command_line(command.text().name, options, arguments);
    if (line && line->help) return print(command_help(command.text(), options));
    Result<void> ready = line ? prepare(command, options, *line) : fail(line.error());
    Console console(every.color_mode());
    if (!ready) return finish(console, fail(ready.error()));
    return finish(console, command.run(console));
}

int run_help(const std::vector<std::unique_ptr<Command>>& commands,
             const std::vector<std::string>& arguments) {
    if (arguments.size() < 2) return print(overview(commands));
    Command* command = find_command(commands, arguments[1]);
    if (command == nullptr) {
        Console(ColorMode::automatic).report(unknown_command(commands, arguments[1]));
        return exit_usage;
    }
    return run_command(*command, {"--help"});
}

int dispatch(const std::vector<std::string>& arguments) {
    const auto commands = all_commands();
    if (arguments.empty()) {
        Console(ColorMode::automatic).say(overview(commands));
        return exit_usage;
    }
    const std::string& first = arguments.front();
    if (first == "--help" || first == "-h") return print(overview(commands));
    if (first == "--version" || first == "-V") return print(fmt::format("weir {}\n", version()));
    if (first == "help") return run_help(commands, arguments);
    if (Command* command = find_command(commands, first)) {
        const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
        if (rest.size() == 1 && (rest[0] == "--version" || rest[0] == "-V"))
            return print(fmt::format("weir {}\n", version()));
        return run_command(*command, rest);
    }
    Console(ColorMode::automatic).report(unknown_command(commands, first));
    return exit_usage;
}

}  // namespace

std::vector<std::unique_ptr<Command>> all_commands() {
    std::vector<std::unique_ptr<Command>> commands;
    commands.push_back(make_serve_command());
    commands.push_back(make_stream_command());
    commands.push_back(make_query_command());
    commands.push_back(make_top_command());
    commands.push_back(make_aggregate_command());
    commands.push_back(make_verify_command());
    commands.push_back(make_audit_command());
    commands.push_back(make_export_command());
    commands.push_back(make_dead_letters_command());
    commands.push_back(make_cost_command());
    commands.push_back(make_completion_command());
    commands.push_back(make_man_command());
    return commands;
}

int run(const std::vector<std::string>& arguments) {
    ignore_broken_pipes();
    try {
        return dispatch(arguments);
    } catch (const std::exception& bug) {
        Console(ColorMode::automatic)
            .report({ErrorCode::internal, "internal", fmt::format("internal error: {}", bug.what()),
                     "this is a bug in weir: please report it with the command"});
        return exit_failed;
    }
}

}  // namespace weir::cli

#include "cli/settings.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/suggest.h"

namespace weir::cli {
namespace {

struct Setting {
    std::string text;
    std::string where;
};

std::optional<Setting> setting_of(const std::string& command, const Option& option, const CommandLine& line,
                                  const std::optional<ConfigFile>& config) {
    if (const auto flag = line.values.find(option.name); flag != line.values.end())
        return Setting{flag->second, option.flag()};
    if (option.flag_only) return std::nullopt;
    const char* variable = std::getenv(
        option.variable().c_str());  // NOLINT(concurrency-mt-unsafe): before any thread is started
    if (variable != nullptr && *variable != '\0') return Setting{variable, option.variable()};
    if (!config) return std::nullopt;
    const ConfigValue* value = config->find(command, option.name);
    if (value == nullptr) return std::nullopt;
    return Setting{value->text, fmt::format("{}: {}", value->where, option.name)};
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known,
                         const std::string& otherwise) {
    const std::string meant = suggest(word, known);
    return meant.empty() ? otherwise : fmt::format("did you mean '{}'?", meant);
}

}  // namespace

Result<void> apply_settings(const std::string& command, const OptionTable& options, const CommandLine& line,
                            const std::optional<ConfigFile>& config) {
    for (const Option& option : options.all()) {
        const std::optional<Setting> setting = setting_of(command, option, line, config);
        if (!setting) continue;
        if (Result<void> set = option.set(setting->text); !set)
            return fail(ErrorCode::usage, set.error().reason,
                        fmt::format("{}: {}", setting->where, set.error().message), set.error().hint);
    }
    if (options.positionals().target != nullptr) *options.positionals().target = line.positionals;
    return {};
}

Result<void> check_config(const ConfigFile& config) {
    std::vector<std::string> commands, every_key{"color"};
    std::map<std::string, std::vector<std::string>> keys;
    for (const auto& command : all_commands()) {
        OptionTable options;
        command->declare(options);
        commands.push_back(command->text().name);
        keys[command->text().name].emplace_back("color");  // main.cpp gives it to every command
        for (const Option& option : options.all()) {
            if (option.flag_only) continue;
            keys[command->text().name].push_back(option.name);
            every_key.push_back(option.name);
        }
    }
    for (const auto& [section, content] : config.sections) {
        if (!section.empty() && !keys.contains(section))
            return fail(
                ErrorCode::usage, "config-unknown",
                fmt::format("{}: unknown section [{}]", content.where, section),
                did_you_mean(section, commands, "a section is named as a command: [serve], [stream]"));
        const std::vector<std::string>& known = section.empty() ? every_key : keys[section];
        for (const auto& [key, value] : content.values)
            if (std::ranges::find(known, key) == known.end())
                return fail(ErrorCode::usage, "config-unknown",
                            fmt::format("{}: unknown key '{}'", value.where, key),
                            did_you_mean(key, known, "keys are long flags without their dashes; see --help"));
    }
    return {};
}

}  // namespace weir::cli

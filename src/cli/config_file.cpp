#include "cli/config_file.h"

#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>
#include <toml++/toml.h>

namespace weir::cli {
namespace {

tl::unexpected<Error> config_error(const std::string& where, const std::string& what, std::string hint = {}) {
    return fail(ErrorCode::usage, "config-invalid", fmt::format("{}: {}", where, what), std::move(hint));
}

std::string position(const std::string& path, const toml::source_region& source) {
    return fmt::format("{}:{}", path, source.begin.line);
}

Result<ConfigValue> read_node(const std::string& path, std::string_view key, const toml::node& node) {
    const std::string where = position(path, node.source());
    if (const auto* text = node.as_string()) return ConfigValue{text->get(), where};
    if (const auto* number = node.as_integer()) return ConfigValue{std::to_string(number->get()), where};
    if (const auto* truth = node.as_boolean()) return ConfigValue{truth->get() ? "true" : "false", where};
    return config_error(where, fmt::format("{} must be a string, a whole number, true or false", key),
                        R"(write times, sizes and rates as strings: window = "5m")");
}

Result<ConfigFile> read_table(const std::string& path, const toml::table& table) {
    ConfigFile config{path, {}};
    for (const auto& [key, node] : table) {
        if (const toml::table* section = node.as_table()) {
            ConfigFile::Section& read_section = config.sections[std::string(key.str())];
            read_section.where = position(path, section->source());
            for (const auto& [inner, value] : *section) {
                Result<ConfigValue> read = read_node(path, inner.str(), value);
                if (!read) return fail(std::move(read).error());
                read_section.values[std::string(inner.str())] = *std::move(read);
            }
            continue;
        }
        Result<ConfigValue> read = read_node(path, key.str(), node);
        if (!read) return fail(std::move(read).error());
        config.sections[""].values[std::string(key.str())] = *std::move(read);
    }
    return config;
}

}  // namespace

const ConfigValue* ConfigFile::find(const std::string& command, const std::string& key) const {
    for (const std::string& name : {command, std::string()}) {
        const auto section = sections.find(name);
        if (section == sections.end()) continue;
        const auto value = section->second.values.find(key);
        if (value != section->second.values.end()) return &value->second;
    }
    return nullptr;
}

Result<ConfigFile> read_config(const std::string& path) {
    if (!std::filesystem::is_regular_file(path))
        return fail(ErrorCode::usage, "config-missing",
                    fmt::format("there is no configuration file {}", path), "check --config or WEIR_CONFIG");
    try {
        return read_table(path, toml::parse_file(path));
    } catch (const toml::parse_error& error) {
        return config_error(position(path, error.source()), std::string(error.description()));
    }
}

std::optional<std::string> find_config(const std::optional<std::string>& flag) {
    if (flag) return flag;
    const auto variable = [](const char* name) -> std::string {
        const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread is started
        return value == nullptr ? "" : value;
    };
    if (std::string path = variable("WEIR_CONFIG"); !path.empty()) return path;
    std::error_code ignored;
    if (std::filesystem::exists("weir.toml", ignored)) return "weir.toml";
    std::filesystem::path home = variable("XDG_CONFIG_HOME");
    if (home.empty() && !variable("HOME").empty()) home = std::filesystem::path(variable("HOME")) / ".config";
    if (home.empty()) return std::nullopt;
    const std::filesystem::path path = home / "weir" / "weir.toml";
    if (std::filesystem::exists(path, ignored)) return path.string();
    return std::nullopt;
}

}  // namespace weir::cli

#include "aws/profile_files.h"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>

#include "http/characters.h"

namespace weir::aws {
namespace {

constexpr std::string_view white_space = " \t\r";

std::string_view trim(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(white_space), text.size()));
    return text.substr(0, text.find_last_not_of(white_space) + 1);
}

// A '#' or ';' with space before it begins a comment.
std::string_view without_comment(std::string_view text) {
    for (std::size_t i = 1; i < text.size(); ++i)
        if ((text[i] == '#' || text[i] == ';') && (text[i - 1] == ' ' || text[i - 1] == '\t'))
            return text.substr(0, i);
    return text;
}

// In the config file only "default" goes without the word "profile".
std::optional<std::string> profile_of_section(std::string_view section, bool is_config) {
    constexpr std::string_view word = "profile";
    section = trim(section);
    if (!is_config || section == "default") return std::string{section};
    const bool is_profile = section.starts_with(word) && section.size() > word.size() &&
                            white_space.find(section[word.size()]) != std::string_view::npos;
    if (!is_profile) return std::nullopt;
    return std::string{trim(section.substr(word.size()))};
}

std::string lower(std::string_view text) {
    std::string result{text};
    std::transform(result.begin(), result.end(), result.begin(), http::to_lower);
    return result;
}

std::string path_of(const Environment& environment, const std::string& variable, std::string_view name) {
    const std::string home = environment("HOME").value_or("");
    std::string path = environment(variable).value_or(fmt::format("~/.aws/{}", name));
    if (path.starts_with("~/")) path.replace(0, 1, home);
    return path;
}

}  // namespace

Result<void> ProfileFiles::read_file(const std::string& path, bool is_config) {
    const auto invalid = [&](std::size_t line, std::string_view why) {
        return fail(ErrorCode::usage, "profile-file-invalid", fmt::format("{}, line {}: {}", path, line, why),
                    "write [profile name] or [name] and below it lines of name = value");
    };
    std::ifstream file{path};
    std::string text;
    Profile ignored;  // of sections that are no profiles
    Profile* profile = nullptr;
    for (std::size_t line = 1; std::getline(file, text); ++line) {
        const std::string_view content = trim(text);
        if (content.empty() || content.front() == '#' || content.front() == ';') continue;
        const bool is_nested = text.front() == ' ' || text.front() == '\t';
        if (content.front() == '[' && !is_nested) {
            const std::size_t end = content.find(']');
            if (end == std::string_view::npos) return invalid(line, "a section without its ]");
            const auto name = profile_of_section(content.substr(1, end - 1), is_config);
            profile = name ? &profiles_[*name] : &ignored;
            continue;
        }
        if (profile == nullptr) return invalid(line, "a setting before the first section");
        if (is_nested) continue;
        const std::size_t equals = content.find('=');
        if (equals == 0 || equals == std::string_view::npos)
            return invalid(line, "no setting (name = value)");
        (*profile)[lower(trim(content.substr(0, equals)))] =
            trim(without_comment(content.substr(equals + 1)));
    }
    return {};
}

Result<ProfileFiles> ProfileFiles::read(const Environment& environment) {
    ProfileFiles files;
    const std::string config = path_of(environment, "AWS_CONFIG_FILE", "config");
    const std::string credentials = path_of(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
    files.looked_at_ = fmt::format("{} and {}", config, credentials);
    if (auto read = files.read_file(config, true); !read) return fail(std::move(read).error());
    if (auto read = files.read_file(credentials, false); !read) return fail(std::move(read).error());
    return files;
}

const Profile* ProfileFiles::find(std::string_view name) const {
    const auto found = profiles_.find(name);
    return found == profiles_.end() ? nullptr : &found->second;
}

std::vector<std::string> ProfileFiles::names() const {
    std::vector<std::string> names;
    for (const auto& [name, profile] : profiles_)
        names.push_back(name);
    return names;
}

std::optional<std::string> setting(const Profile& profile, std::string_view name) {
    const auto found = profile.find(name);
    if (found == profile.end() || found->second.empty()) return std::nullopt;
    return found->second;
}

}  // namespace weir::aws

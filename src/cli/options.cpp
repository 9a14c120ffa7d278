#include "cli/options.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/suggest.h"

namespace weir::cli {
namespace {

// Puts what a parser returned into its target.
template <typename T, typename Target>
Result<void> keep(Result<T> parsed, Target& target) {
    if (!parsed) return fail(std::move(parsed).error());
    target = *std::move(parsed);
    return {};
}

Result<bool> parse_switch(const std::string& text) {
    if (text == "true" || text == "1" || text == "yes" || text == "on") return true;
    if (text == "false" || text == "0" || text == "no" || text == "off") return false;
    return fail(ErrorCode::invalid, "switch-invalid", fmt::format("'{}' is neither true nor false", text));
}

}  // namespace

std::string Option::variable() const {
    std::string out = "WEIR_";
    for (const char c : name)
        out += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    return out;
}

Option& OptionTable::add_option(std::string name, std::string value, std::string shown, std::string help,
                                std::function<Result<void>(const std::string&)> set) {
    Option option;
    option.name = std::move(name);
    option.value = std::move(value);
    option.shown_default = std::move(shown);
    option.help = std::move(help);
    option.group = group_;
    option.set = std::move(set);
    return options_.emplace_back(std::move(option));
}

Option& OptionTable::optional_count(std::string name, std::optional<std::uint64_t>& target, std::string help,
                                    std::uint64_t low) {
    return add_option(
        std::move(name), "N", target ? std::to_string(*target) : "", std::move(help),
        [&target, low](const std::string& text) { return keep(parse_count(text, low), target); });
}

Option& OptionTable::positive(std::string name, Duration& target, std::string help) {
    return add_option(std::move(name), "TIME", format_duration(target), std::move(help),
                      [&target](const std::string& text) -> Result<void> {
                          Result<Duration> parsed = parse_duration(text);
                          if (parsed && parsed->count() == 0)
                              return fail(ErrorCode::invalid, "duration-invalid",
                                          fmt::format("'{}' is no time at all", text),
                                          "write a time over zero, such as 10s");
                          return keep(std::move(parsed), target);
                      });
}

Option& OptionTable::positive(std::string name, Bytes& target, std::string help) {
    return add_option(std::move(name), "SIZE", exact_bytes(target), std::move(help),
                      [&target](const std::string& text) -> Result<void> {
                          Result<Bytes> parsed = parse_bytes(text);
                          if (parsed && parsed->count == 0)
                              return fail(ErrorCode::invalid, "size-invalid",
                                          fmt::format("'{}' is no size at all", text),
                                          "write a size over zero, such as 1MiB");
                          return keep(std::move(parsed), target);
                      });
}

Option& OptionTable::toggle(std::string name, bool& target, std::string help) {
    return add_option(std::move(name), "", "", std::move(help),
                      [&target](const std::string& text) { return keep(parse_switch(text), target); });
}

const Option* OptionTable::find(std::string_view name) const {
    const auto found = std::ranges::find(options_, name, &Option::name);
    return found == options_.end() ? nullptr : &*found;
}

std::string OptionTable::joined(const std::vector<std::string>& names) {
    return fmt::format("{}", fmt::join(names, "|"));
}

Result<void> OptionTable::unknown_choice(const std::string& text, const std::vector<std::string>& names) {
    const std::string meant = suggest(text, names);
    return fail(ErrorCode::invalid, "choice-invalid",
                fmt::format("'{}' is not one of {}", text, fmt::join(names, ", ")),
                meant.empty() ? "" : fmt::format("did you mean {}?", meant));
}

}  // namespace weir::cli

#include "cli/help.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/table.h"

namespace weir::cli {
namespace {

constexpr std::size_t help_width = 100;  // columns
constexpr std::size_t text_column = 30;  // where an option's sentence begins

// `text` in lines of at most help_width, all but the first behind `indent` spaces.
std::string wrapped(const std::string& text, std::size_t first_column, std::size_t indent) {
    std::string out;
    std::size_t column = first_column;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        const std::string word = text.substr(at, end - at);
        const std::size_t width = display_width(word);
        if (column > indent && column + 1 + width > help_width) {
            out += '\n' + std::string(indent, ' ');
            column = indent;
        } else if (at != 0) {
            out += ' ';
            ++column;
        }
        out += word;
        column += width;
        at = end + 1;
    }
    return out;
}

std::string option_lines(const Option& option) {
    std::string left =
        fmt::format("  {}{}", option.letter == 0 ? "" : fmt::format("-{}, ", option.letter), option.flag());
    if (!option.value.empty()) left += ' ' + option.value;
    std::string text = option.help;
    std::string notes = option.shown_default.empty() ? "" : fmt::format("default {}", option.shown_default);
    if (!option.flag_only) notes += (notes.empty() ? "" : ", ") + option.variable();
    if (!notes.empty()) text += fmt::format(" ({})", notes);
    if (display_width(left) + 2 > text_column)
        left += '\n' + std::string(text_column, ' ');
    else
        left.resize(text_column, ' ');
    return left + wrapped(text, text_column, text_column) + '\n';
}

}  // namespace

std::string command_help(const CommandText& text, const OptionTable& options) {
    std::string out = fmt::format("weir {}: {}\n\nUsage: weir {} {}\n\nExamples:\n", text.name, text.summary,
                                  text.name, text.usage);
    for (const std::string& example : text.examples)
        out += fmt::format("  {}\n", example);
    std::vector<std::string> groups;
    for (const Option& option : options.all())
        if (std::ranges::find(groups, option.group) == groups.end()) groups.push_back(option.group);
    for (const std::string& group : groups) {
        out += fmt::format("\n{}:\n", group);
        for (const Option& option : options.all())
            if (option.group == group) out += option_lines(option);
    }
    if (!text.notes.empty()) out += '\n' + wrapped(text.notes, 0, 0) + '\n';
    return out;
}

std::string overview(const std::vector<std::unique_ptr<Command>>& commands) {
    std::string out =
        "weir: stream sensor events, store every one, count them by window, and prove the counts\n\n"
        "Usage: weir COMMAND [options]\n\nExamples:\n"
        "  weir serve\n"
        "  weir stream data/recommended_fishing_rivers_and_streams.csv\n"
        "  weir verify --spawn\n\nCommands:\n";
    for (const auto& command : commands)
        out += fmt::format("  {:<14}{}\n", command->text().name, command->text().summary);
    out +=
        "\n  weir help COMMAND, weir COMMAND --help   options and examples of a command\n"
        "  weir --version                           the version\n\n"
        "Settings come from flags, then WEIR_… variables, then a configuration file (--config FILE).\n";
    return out;
}

}  // namespace weir::cli

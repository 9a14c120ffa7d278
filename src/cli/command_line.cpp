#include "cli/command_line.h"

#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/suggest.h"

namespace weir::cli {
namespace {

// CLI11 takes every word that begins with a dash for a flag; `-5m` is a time, so it travels behind this mark.
constexpr char time_mark = '\x01';

bool looks_like_time(std::string_view word) {
    return word.size() > 1 && word[0] == '-' && word[1] >= '0' && word[1] <= '9';
}

std::string unmarked(std::string word) {
    if (!word.empty() && word.front() == time_mark) word.erase(0, 1);
    return word;
}

tl::unexpected<Error> usage_error(std::string message, std::string hint) {
    return fail(ErrorCode::usage, "command-line", std::move(message), std::move(hint));
}

tl::unexpected<Error> unknown_flag(const std::string& command, const OptionTable& options,
                                   const std::string& word) {
    std::vector<std::string> known{"--help"};
    for (const Option& option : options.all())
        known.push_back(option.flag());
    const std::string name = word.substr(0, word.find('='));
    const std::string meant = suggest(name, known);
    return usage_error(fmt::format("weir {} has no option {}", command, name),
                       meant.empty() ? fmt::format("weir {} --help lists them", command)
                                     : fmt::format("did you mean {}?", meant));
}

// The last value of a repeated flag, or all of them.
std::string value_of(const Option& option, const CLI::Option& parsed) {
    const std::vector<std::string>& values = parsed.results();
    if (option.joint == 0) return unmarked(values.back());
    std::string all;
    for (const std::string& value : values)
        all += (&value == values.data() ? std::string() : std::string(1, option.joint)) + value;
    return all;
}

Result<void> check_positionals(const std::string& command, const OptionTable& options,
                               const std::vector<std::string>& given) {
    const Positionals& wanted = options.positionals();
    const std::string hint = fmt::format("weir {} --help shows examples", command);
    if (given.size() < wanted.least)
        return usage_error(fmt::format("weir {} wants {}", command, wanted.usage), hint);
    if (given.size() > wanted.most)
        return usage_error(
            fmt::format("weir {} takes {}: '{}' is one argument too many", command,
                        wanted.usage.empty() ? "options only" : wanted.usage, given[wanted.most]),
            hint);
    return {};
}

}  // namespace

Result<CommandLine> split_command_line(const std::string& command, const OptionTable& options,
                                       const std::vector<std::string>& arguments) {
    CommandLine line;
    CLI::App app;
    app.set_help_flag();
    app.allow_extras();
    const CLI::Option* help = app.add_flag("-h,--help");
    app.add_option("positionals", line.positionals)->expected(-1);
    std::map<std::string, std::string> unused;  // CLI11 wants a target; the results are read below
    std::vector<CLI::Option*> parsed;
    for (const Option& option : options.all()) {
        const std::string names =
            option.letter == 0 ? option.flag() : fmt::format("-{},{}", option.letter, option.flag());
        CLI::Option* added =
            option.value.empty() ? app.add_flag(names) : app.add_option(names, unused[option.name]);
        parsed.push_back(added->multi_option_policy(CLI::MultiOptionPolicy::TakeLast));
    }
    std::vector<std::string> words(arguments.rbegin(), arguments.rend());  // CLI11 reads from the back
    for (std::string& word : words)
        if (looks_like_time(word)) word.insert(word.begin(), time_mark);
    try {
        app.parse(std::move(words));
    } catch (const CLI::ArgumentMismatch& mismatch) {
        const std::string what = mismatch.what();
        return usage_error(fmt::format("weir {}: {} wants a value", command, what.substr(0, what.find(':'))),
                           fmt::format("weir {} --help shows examples", command));
    } catch (const CLI::ParseError& error) {
        return usage_error(fmt::format("weir {}: {}", command, error.what()),
                           fmt::format("weir {} --help shows examples", command));
    }
    line.help = help->count() > 0;
    if (line.help) return line;
    for (const std::string& word : app.remaining())
        if (word.size() > 1 && word.front() == '-' && word != "--")
            return unknown_flag(command, options, word);
    for (std::size_t i = 0; i < parsed.size(); ++i)
        if (parsed[i]->count() > 0)
            line.values[options.all()[i].name] = value_of(options.all()[i], *parsed[i]);
    std::ranges::transform(line.positionals, line.positionals.begin(), unmarked);
    if (Result<void> checked = check_positionals(command, options, line.positionals); !checked)
        return fail(checked.error());
    return line;
}

}  // namespace weir::cli

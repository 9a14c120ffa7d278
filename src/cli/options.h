#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "cli/option_values.h"
#include "cli/values.h"

namespace weir::cli {

// One option of a command: the flag `--name`, the variable WEIR_NAME and the key `name` of a configuration
// file.
struct Option {
    std::string name;           // "batch-events"
    char letter = 0;            // 'q' for -q; 0: none
    std::string value;          // what stands for the value in the help; empty: a switch
    std::string help;           // one sentence, no final dot
    std::string shown_default;  // empty: none
    std::string group;          // the title it stands under in the help
    bool flag_only =
        false;       // neither a variable nor a key: it belongs to one call, as a time or a run id does
    char joint = 0;  // not 0: the flag may stand several times, and its values are joined by this
    // Reads the value into its target; a switch is given "true" or "false".
    std::function<Result<void>(const std::string& text)> set;

    [[nodiscard]] std::string flag() const { return "--" + name; }
    [[nodiscard]] std::string variable() const;
};

// What stands beside the options of a command line.
struct Positionals {
    std::string usage;  // "FROM TO"
    std::size_t least = 0, most = 0;
    std::vector<std::string>* target = nullptr;
    std::vector<std::string> words;  // that the first one can be, where it is one of a few
};

// All options of one command. Targets must outlive the table; what is in them when they are added is the
// default.
class OptionTable {
  public:
    // Options added from now on stand under this title in the help.
    void group(std::string title) { group_ = std::move(title); }

    // Takes any type with a read_value and a show_value below.
    template <typename T>
    Option& add(std::string name, std::string value, T& target, std::string help) {
        return add_option(std::move(name), std::move(value), show_value(target), std::move(help),
                          [&target](const std::string& text) { return read_value(text, target); });
    }
    // A whole number within bounds.
    template <std::integral N>
    Option& count(std::string name, N& target, std::string help, std::uint64_t low,
                  std::uint64_t high = std::numeric_limits<N>::max()) {
        return add_option(
            std::move(name), "N", std::to_string(target), std::move(help),
            [&target, low, high](const std::string& text) {
                return parse_count(text, low, high).map([&](std::uint64_t n) { target = static_cast<N>(n); });
            });
    }
    // A whole number that may be absent.
    Option& optional_count(std::string name, std::optional<std::uint64_t>& target, std::string help,
                           std::uint64_t low);
    // A duration that must be over zero.
    Option& positive(std::string name, Duration& target, std::string help);
    // A duration or a size of zero makes no sense either.
    Option& positive(std::string name, Bytes& target, std::string help);
    Option& toggle(std::string name, bool& target, std::string help);
    // One of a few words.
    template <typename E>
    Option& choice(std::string name, E& target, std::vector<std::pair<std::string, E>> words,
                   std::string help) {
        std::vector<std::string> names;
        std::string shown;
        for (const auto& [word, meaning] : words) {
            names.push_back(word);
            if (meaning == target) shown = word;
        }
        return add_option(std::move(name), joined(names), shown, std::move(help),
                          [&target, words, names](const std::string& text) -> Result<void> {
                              for (const auto& [word, meaning] : words) {
                                  if (word != text) continue;
                                  target = meaning;
                                  return {};
                              }
                              return unknown_choice(text, names);
                          });
    }

    void positionals(std::string usage, std::size_t least, std::size_t most, std::vector<std::string>& target,
                     std::vector<std::string> words = {}) {
        positionals_ = {std::move(usage), least, most, &target, std::move(words)};
    }
    [[nodiscard]] const Positionals& positionals() const { return positionals_; }
    [[nodiscard]] const std::vector<Option>& all() const { return options_; }
    [[nodiscard]] const Option* find(std::string_view name) const;

  private:
    Option& add_option(std::string name, std::string value, std::string shown, std::string help,
                       std::function<Result<void>(const std::string&)> set);
    static std::string joined(const std::vector<std::string>& names);
    static Result<void> unknown_choice(const std::string& text, const std::vector<std::string>& names);

    std::string group_ = "Options";
    std::vector<Option> options_;
    Positionals positionals_;
};

}  // namespace weir::cli

#include "cli/completion.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir::cli {
namespace {

// What may stand for a value.
enum class Wanted { nothing, words, files, folders, free };

Wanted wanted(const std::string& value) {
    if (value.empty()) return Wanted::nothing;
    if (value == "FILE") return Wanted::files;
    if (value == "DIR") return Wanted::folders;
    return value.find('|') == std::string::npos ? Wanted::free : Wanted::words;
}

// For single quotes, of a POSIX shell or of fish.
std::string in_quotes(std::string_view text, bool fish = false) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'')
            out += fish ? "\\'" : "'\\''";
        else if (c == '\\' && fish)
            out += "\\\\";
        else
            out += c;
    }
    return out + "'";
}

std::string command_names(std::span<const DescribedCommand> commands) {
    std::string names;
    for (const DescribedCommand& command : commands)
        names += command.text().name + " ";
    return names + "help";
}

bool takes_a_file(const DescribedCommand& command) {
    return command.options.positionals().usage.starts_with("FILE");
}

std::string bash_of(const DescribedCommand& command) {
    const std::string& name = command.text().name;
    std::string out, flags = "--help";
    for (const Option& option : command.options.all()) {
        flags += ' ' + option.flag();
        const std::string pattern =
            option.letter == 0 ? fmt::format("'{} {}'", name, option.flag())
                               : fmt::format("'{0} {1}'|'{0} -{2}'", name, option.flag(), option.letter);
        const auto add = [&](const std::string& action) {
            out += fmt::format("    {}) {}; return ;;\n", pattern, action);
        };
        switch (wanted(option.value)) {
            case Wanted::nothing:
                break;
            case Wanted::words:
                add(fmt::format("_weir_words '{}'", fmt::join(words_of_value(option.value), " ")));
                break;
            case Wanted::files:
                add("_weir_files -f");
                break;
            case Wanted::folders:
                add("_weir_files -d");
                break;
            case Wanted::free:
                out += fmt::format("    {}) return ;;\n", pattern);
        }
    }
    const auto& words = command.options.positionals().words;
    out += fmt::format("    '{} '*) flags='{}'; words='{}'; files={} ;;\n", name, flags,
                       fmt::join(words, " "), takes_a_file(command) ? 1 : 0);
    return out;
}

constexpr std::string_view bash_helpers =
    R"(# bash completion of weir. Made by `weir completion bash`; put it into
# ~/.local/share/bash-completion/completions/weir, or: source <(weir completion bash)

_weir_words() { COMPREPLY=($(compgen -W "$1" -- "$word")); }
_weir_files() {
  local IFS=$'\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen "$1" -- "$word"))
}
_weir() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
  local flags='' words='' files=0
  COMPREPLY=()
  # --flag=value comes as three words.
  if [ "$word" = = ]; then
    word=''
  elif [ "$before" = = ]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
)";

std::string bash_script(std::span<const DescribedCommand> commands) {
    std::string out(bash_helpers);
    out += fmt::format(
        "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    _weir_words '{} --help --version'\n    return\n  fi\n",
        command_names(commands));
    out += "  case \"$command $before\" in\n";
    out += fmt::format("    'help '*) _weir_words '{}'; return ;;\n", command_names(commands));
    for (const DescribedCommand& command : commands)
        out += bash_of(command);
    out += R"(  esac
  case "$word" in
    -*) _weir_words "$flags" ;;
    *)
      if [ -n "$words" ] && [ "$COMP_CWORD" -eq 2 ]; then
        _weir_words "$words"
      elif [ "$files" -eq 1 ]; then
        _weir_files -f
      elif [ -z "$word" ]; then
        _weir_words "$flags"
      fi
      ;;
  esac
}
complete -F _weir weir
)";
    return out;
}

// In the brackets of a specification of zsh's _arguments.
std::string zsh_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '[' || c == ']' || c == '\\' || c == ':') out += '\\';
        out += c;
    }
    return out;
}

std::string zsh_value(const Option& option) {
    switch (wanted(option.value)) {
        case Wanted::nothing:
            return "";
        case Wanted::words:
            return fmt::format(":value:({})", fmt::join(words_of_value(option.value), " "));
        case Wanted::files:
            return ":file:_files";
        case Wanted::folders:
            return ":folder:_files -/";
        case Wanted::free:
            return fmt::format(":{}:", zsh_text(option.value));
    }
    return "";
}

std::string zsh_of(const DescribedCommand& command) {
    std::string out = fmt::format("    {})\n      _arguments -S \\\n", command.text().name);
    for (const Option& option : command.options.all()) {
        const std::string text = fmt::format("[{}]{}", zsh_text(option.help), zsh_value(option));
        const std::string_view equals = option.value.empty() ? "" : "=";
        out += fmt::format("        {} \\\n", in_quotes(fmt::format("{}{}{}", option.flag(), equals, text)));
        if (option.letter != 0)
            out += fmt::format("        {} \\\n", in_quotes(fmt::format("-{}{}", option.letter, text)));
    }
    out += "        '(- *)--help[options and examples]'";
    const Positionals& positionals = command.options.positionals();
    if (!positionals.words.empty())
        out += fmt::format(" \\\n        {}",
                           in_quotes(fmt::format("1:what:({})", fmt::join(positionals.words, " "))));
    else if (takes_a_file(command))
        out += " \\\n        '1:file:_files'";
    return out + "\n      ;;\n";
}

std::string zsh_script(std::span<const DescribedCommand> commands) {
    std::string out =
        "#compdef weir\n# zsh completion of weir. Made by `weir completion zsh`; put it as _weir into a "
        "folder of $fpath.\n\n"
        "_weir() {\n  local -a commands\n  commands=(\n";
    for (const DescribedCommand& command : commands)
        out += fmt::format("    {}\n", in_quotes(fmt::format("{}:{}", command.text().name,
                                                             zsh_text(command.text().summary))));
    out +=
        "    'help:options and examples of a command'\n  )\n"
        "  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n"
        "  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n  case $command in\n"
        "    help) _describe command commands ;;\n";
    for (const DescribedCommand& command : commands)
        out += zsh_of(command);
    return out +
           "  esac\n}\n\nif [ \"$funcstack[1]\" = _weir ]; then\n  _weir \"$@\"\nelse\n  compdef _weir "
           "weir\nfi\n";
}

std::string fish_of(const DescribedCommand& command) {
    const std::string& name = command.text().name;
    std::string out = fmt::format("complete -c weir -n __fish_use_subcommand -a {} -d {}\n", name,
                                  in_quotes(command.text().summary, true));
    const std::string here = fmt::format("complete -c weir -n '__fish_seen_subcommand_from {}'", name);
    for (const Option& option : command.options.all()) {
        out += fmt::format("{} -l {}", here, option.name);
        if (option.letter != 0) out += fmt::format(" -s {}", option.letter);
        switch (wanted(option.value)) {
            case Wanted::nothing:
                break;
            case Wanted::words:
                out += fmt::format(" -xa '{}'", fmt::join(words_of_value(option.value), " "));
                break;
            case Wanted::files:
                out += " -rF";
                break;
            case Wanted::folders:
                out += " -xa '(__fish_complete_directories)'";
                break;
            case Wanted::free:
                out += " -x";
        }
        out += fmt::format(" -d {}\n", in_quotes(option.help, true));
    }
    const auto& words = command.options.positionals().words;
    if (!words.empty()) out += fmt::format("{} -a '{}'\n", here, fmt::join(words, " "));
    if (takes_a_file(command)) out += here + " -F\n";
    return out;
}

std::string fish_script(std::span<const DescribedCommand> commands) {
    std::string out =
        "# fish completion of weir. Made by `weir completion fish`; put it into "
        "~/.config/fish/completions/weir.fish\n\n"
        "complete -c weir -f\n"
        "complete -c weir -n __fish_use_subcommand -l help -d 'The commands'\n"
        "complete -c weir -n __fish_use_subcommand -l version -d 'The version'\n";
    out += fmt::format("complete -c weir -n '__fish_seen_subcommand_from help' -a '{}'\n",
                       command_names(commands));
    out += "complete -c weir -n __fish_use_subcommand -a help -d 'options and examples of a command'\n";
    for (const DescribedCommand& command : commands)
        out += fish_of(command);
    return out;
}

}  // namespace

std::vector<std::string> words_of_value(const std::string& value) {
    std::vector<std::string> words;
    if (wanted(value) != Wanted::words) return words;
    for (std::size_t at = 0; at <= value.size();) {
        const std::size_t end = std::min(value.find('|', at), value.size());
        words.push_back(value.substr(at, end - at));
        at = end + 1;
    }
    return words;
}

std::string completion_script(Shell shell, std::span<const DescribedCommand> commands) {
    switch (shell) {
        case Shell::bash:
            return bash_script(commands);
        case Shell::zsh:
            return zsh_script(commands);
        case Shell::fish:
            return fish_script(commands);
    }
    return "";
}

}  // namespace weir::cli

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/completion.h"
#include "cli/data_sink.h"
#include "cli/every_command.h"
#include "cli/exit_status.h"
#include "cli/manual.h"
#include "cli/suggest.h"

namespace weir::cli {
namespace {

Result<int> print(const std::string& text) {
    DataSink out = DataSink::standard_output();
    Result<void> written = out.write(text);
    if (written) written = out.finish();
    if (!written) return fail(std::move(written).error());
    return exit_done;
}

class CompletionCommand final : public Command {
  public:
    [[nodiscard]] const CommandText& text() const override {
        static const CommandText words{
            "completion",
            "print a script that completes weir's commands and options in a shell",
            "bash|zsh|fish",
            {"weir completion zsh > _weir", "weir completion fish > weir.fish",
             "source <(weir completion bash)"},
            "cmake --install puts all three where the shells look for them. The scripts ask neither weir "
            "nor a server while you type."};
        return words;
    }

    void declare(OptionTable& options) override {
        options.positionals("bash, zsh or fish", 1, 1, words_, {"bash", "zsh", "fish"});
    }

    Result<int> run(Console&) override {
        const std::vector<std::pair<std::string, Shell>> shells{
            {"bash", Shell::bash}, {"zsh", Shell::zsh}, {"fish", Shell::fish}};
        std::vector<std::string> names;
        for (const auto& [name, shell] : shells) {
            if (name == words_[0]) return print(completion_script(shell, describe_commands()));
            names.push_back(name);
        }
        const std::string meant = suggest(words_[0], names);
        return fail(
            ErrorCode::usage, "shell-unknown", fmt::format("there is no completion for '{}'", words_[0]),
            meant.empty() ? "it is one of bash, zsh and fish" : fmt::format("did you mean {}?", meant));
    }

  private:
    std::vector<std::string> words_;
};

class ManCommand final : public Command {
  public:
    [[nodiscard]] const CommandText& text() const override {
        static const CommandText words{
            "man",
            "print the manual page",
            "[options]",
            {"weir man | man -l -", "weir man > weir.1", "weir man | man -l - | grep -A 3 -e --retention"},
            "The page, weir(1), is made from the same definitions as the help. cmake "
            "--install puts it where man looks for it."};
        return words;
    }

    void declare(OptionTable&) override {}

    Result<int> run(Console&) override { return print(manual_page(describe_commands())); }
};

}  // namespace

std::unique_ptr<Command> make_completion_command() {
    return std::make_unique<CompletionCommand>();
}

std::unique_ptr<Command> make_man_command() {
    return std::make_unique<ManCommand>();
}

}  // namespace weir::cli

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/console.h"
#include "cli/options.h"

namespace weir::cli {

struct CommandText {
    std::string name;                   // "stream"
    std::string summary;                // one line, no final dot
    std::string usage;                  // what follows `weir stream`
    std::vector<std::string> examples;  // three, each to be pasted as it is
    std::string notes;                  // a paragraph below the options; may be empty
};

// One subcommand: its words, its options, its work. Each lives in a file of its own.
class Command {
  public:
    virtual ~Command() = default;
    [[nodiscard]] virtual const CommandText& text() const = 0;
    // Called once, before run; the options write into the command itself.
    virtual void declare(OptionTable& options) = 0;
    // Does the work and returns the exit status; an Error is reported by the caller and decides the status.
    virtual Result<int> run(Console& console) = 0;
};

std::unique_ptr<Command> make_stream_command();
std::unique_ptr<Command> make_serve_command();
std::unique_ptr<Command> make_aggregate_command();
std::unique_ptr<Command> make_query_command();
std::unique_ptr<Command> make_top_command();
std::unique_ptr<Command> make_verify_command();
std::unique_ptr<Command> make_audit_command();
std::unique_ptr<Command> make_export_command();
std::unique_ptr<Command> make_dead_letters_command();
std::unique_ptr<Command> make_cost_command();
std::unique_ptr<Command> make_completion_command();
std::unique_ptr<Command> make_man_command();

// All of them, in the order of the help.
std::vector<std::unique_ptr<Command>> all_commands();

}  // namespace weir::cli

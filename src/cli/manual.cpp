#include "cli/manual.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/version.h"

namespace weir::cli {
namespace {

// Text of roff (groff_char(7)): a hyphen that is typed stays one, what is not ASCII is named by its number.
std::string roff(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte == '\\') {
            out += "\\e";
        } else if (byte == '-') {
            out += "\\-";
        } else if (byte == '\'') {
            out += "\\(aq";
        } else if (byte < 0x80) {
            out += text[i];
        } else {
            const std::size_t more = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : 1;
            std::uint32_t point = byte & (0x3FU >> more);
            for (std::size_t k = 0; k < more && i + 1 < text.size(); ++k)
                point = (point << 6U) | (static_cast<unsigned char>(text[++i]) & 0x3FU);
            out += fmt::format("\\[u{:04X}]", point);
        }
    }
    return out.starts_with('.') ? "\\&" + out : out;
}

std::string paragraph(std::string_view text) {
    return fmt::format(".PP\n{}\n", roff(text));
}

std::string term(const std::string& name, std::string_view text) {
    return fmt::format(".TP\n{}\n{}\n", name, roff(text));
}

std::string bold(std::string_view text) {
    return fmt::format("\\fB{}\\fR", roff(text));
}

std::string option_term(const Option& option) {
    std::string name = bold(option.flag());
    if (option.letter != 0) name = bold(fmt::format("-{}", option.letter)) + ", " + name;
    if (!option.value.empty()) name += fmt::format(" \\fI{}\\fR", roff(option.value));
    std::string text = option.help;
    std::string notes = option.shown_default.empty() ? "" : fmt::format("default {}", option.shown_default);
    if (!option.flag_only) notes += (notes.empty() ? "" : ", ") + option.variable();
    if (!notes.empty()) text += fmt::format(" ({})", notes);
    return term(name, text + '.');
}

std::string examples(const std::vector<std::string>& lines) {
    std::string out = ".PP\n.EX\n";
    for (const std::string& line : lines)
        out += roff("    " + line) + '\n';
    return out + ".EE\n";
}

std::string command_part(const DescribedCommand& command) {
    const CommandText& text = command.text();
    std::string out = fmt::format(".SS \"weir {}\"\n", roff(text.name));
    out += fmt::format("{} {}\n", bold("weir " + text.name), roff(text.usage));
    std::string summary = text.summary + '.';
    summary[0] =
        static_cast<char>(summary[0] >= 'a' && summary[0] <= 'z' ? summary[0] - 'a' + 'A' : summary[0]);
    out += paragraph(summary);
    if (!text.notes.empty()) out += paragraph(text.notes);
    for (const Option& option : command.options.all())
        if (option.group != "Everywhere") out += option_term(option);
    return out + paragraph("Examples:") + examples(text.examples);
}

constexpr std::string_view settings_text =
    "Every option without a note to the contrary is also a variable, WEIR_ and its name, and a key of the "
    "configuration "
    "file: the flag goes before the variable, the variable before the file. A section of the file (TOML) is "
    "named as a "
    "command; keys before the first section hold for every command.";

std::string exit_part() {
    return ".SH \"EXIT STATUS\"\n" + term("0", "Done.") +
           term(
               "1",
               "The answer is no: verification or audit differs, rows were rejected, there is no such row.") +
           term("2", "A flag, argument, input file or configuration value cannot be used.") +
           term("3", "Could not reach or do: no server, no disk, no answer in time.") +
           term("4", "The server refused.") +
           term("130, 143", "Stopped by SIGINT or SIGTERM before it was done.");
}

std::string files_part() {
    return ".SH FILES\n" +
           term(roff("./weir.toml, ~/.config/weir/weir.toml"),
                "The configuration, if neither --config nor WEIR_CONFIG names another file.") +
           term(roff("./weir-data"), "The data of weir serve, if --data-dir names no other folder.");
}

}  // namespace

std::string manual_page(std::span<const DescribedCommand> commands) {
    std::string out = ".\\\" Made by `weir man`.\n";
    out += fmt::format(".TH WEIR 1 \"\" \"weir {}\" \"User Commands\"\n.nh\n", version());
    out +=
        ".SH NAME\nweir \\- stream sensor events, store every one, count them by window, and prove the "
        "counts\n";
    out += ".SH SYNOPSIS\n\\fBweir\\fR \\fICOMMAND\\fR [\\fIoptions\\fR]\n";
    out += ".SH DESCRIPTION\n";
    out += roff(
               "A producer streams sensor events, every one is stored durably, counts per key over a sliding "
               "window are "
               "kept beside them, and a verification proves at any time that the counts are what the events "
               "say.") +
           "\n";
    out += ".SH COMMANDS\n";
    for (const DescribedCommand& command : commands)
        out += term(bold(command.text().name), command.text().summary + '.');
    out += ".SH \"OPTIONS OF EVERY COMMAND\"\n";
    for (const Option& option : commands.front().options.all())
        if (option.group == "Everywhere") out += option_term(option);
    out += term(bold("-h") + ", " + bold("--help"), "Options and examples of a command.");
    out += term(bold("-V") + ", " + bold("--version"), "The version.");
    out += ".SH \"THE COMMANDS ONE BY ONE\"\n";
    for (const DescribedCommand& command : commands)
        out += command_part(command);
    out += ".SH ENVIRONMENT\n" + roff(settings_text) + '\n';
    out += term("NO_COLOR", "Not empty: no colours.");
    return out + files_part() + exit_part();
}

}  // namespace weir::cli

#include "cli/frame.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/text_cells.h"

namespace weir::cli {
namespace {

// ECMA-48, 8.3.117 (SGR). Only the eight colours that every theme of a terminal has chosen to be legible.
std::string_view rendition(Tone tone) {
    switch (tone) {
        case Tone::plain:
            return "";
        case Tone::strong:
            return "\x1b[1m";
        case Tone::good:
            return "\x1b[32m";
        case Tone::bad:
            return "\x1b[1;31m";
        case Tone::faint:
            return "\x1b[2m";
        case Tone::bar:
            return "\x1b[36m";
        case Tone::foot:
            return "\x1b[7m";
    }
    return "";
}

}  // namespace

std::string plain_text(const Line& line) {
    std::string out;
    std::size_t column = 0;
    for (const Span& span : line) {
        if (span.column > column) out.append(span.column - column, ' ');
        out += span.text;
        column = std::max(column, span.column) + cells(span.text);
    }
    out.erase(out.find_last_not_of(' ') + 1);
    return out;
}

std::string drawn_text(const Line& line, bool color) {
    std::string out = "\x1b[2K";
    for (const Span& span : line) {
        out += fmt::format("\x1b[{}G", span.column + 1);
        const std::string_view code = color ? rendition(span.tone) : "";
        out += fmt::format("{}{}{}", code, span.text, code.empty() ? "" : "\x1b[0m");
    }
    return out;
}

std::string drawn_frame(const Frame* before, const Frame& after, bool color) {
    std::string out = "\x1b[?25l";
    if (before == nullptr) out += "\x1b[0m\x1b[2J";
    const std::size_t known = before == nullptr ? 0 : before->lines.size();
    for (std::size_t i = 0; i < after.lines.size(); ++i)
        if (i >= known || before->lines[i] != after.lines[i])
            out += fmt::format("\x1b[{};1H{}", i + 1, drawn_text(after.lines[i], color));
    for (std::size_t i = after.lines.size(); i < known; ++i)
        out += fmt::format("\x1b[{};1H\x1b[2K", i + 1);
    if (after.cursor)
        out += fmt::format("\x1b[{};{}H\x1b[?25h", after.cursor->line + 1, after.cursor->column + 1);
    return out;
}

}  // namespace weir::cli

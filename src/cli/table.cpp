#include "cli/table.h"

#include <algorithm>

#include "base/text.h"

namespace weir::cli {
namespace {

constexpr std::string_view gap = "  ";

bool starts_code_point(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

void append_padded(std::string& line, const std::string& cell, std::size_t width, Table::Align align) {
    const std::size_t used = display_width(cell);
    const std::string padding(width > used ? width - used : 0, ' ');
    line += align == Table::Align::right ? padding + cell : cell + padding;
}

}  // namespace

void Table::add(std::vector<std::string> cells) {
    cells.resize(columns_.size());
    for (std::string& cell : cells)
        cell = printable(cell);
    rows_.push_back(std::move(cells));
}

std::string Table::text() const {
    std::vector<std::size_t> widths;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
        std::size_t width = display_width(columns_[c].title);
        for (const auto& row : rows_)
            width = std::max(width, display_width(row[c]));
        widths.push_back(width);
    }
    std::string out;
    const auto append_line = [&](auto cell_of) {
        std::string line;
        for (std::size_t c = 0; c < columns_.size(); ++c) {
            if (c != 0) line += gap;
            append_padded(line, cell_of(c), widths[c], columns_[c].align);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + '\n';
    };
    append_line([&](std::size_t c) -> const std::string& { return columns_[c].title; });
    for (const auto& row : rows_)
        append_line([&](std::size_t c) -> const std::string& { return row[c]; });
    return out;
}

std::string name_value_lines(const std::vector<std::pair<std::string, std::string>>& lines) {
    std::size_t width = 0;
    for (const auto& line : lines)
        width = std::max(width, display_width(line.first));
    std::string out;
    for (const auto& [name, value] : lines) {
        append_padded(out, name, width, Table::Align::left);
        out += std::string(gap) + printable(value) + '\n';
    }
    return out;
}

std::size_t display_width(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, starts_code_point));
}

std::string fit(std::string_view text, std::size_t width) {
    if (display_width(text) <= width) return std::string(text);
    if (width == 0) return {};
    std::size_t kept = 0, columns = 0;
    for (; kept < text.size(); ++kept) {
        if (!starts_code_point(text[kept])) continue;
        if (columns + 1 == width) break;
        ++columns;
    }
    return std::string(text.substr(0, kept)) + "…";
}

}  // namespace weir::cli

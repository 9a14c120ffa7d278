#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::cli {

// Text in aligned columns, two spaces apart and without lines around, so that both people and awk can read
// it.
class Table {
  public:
    enum class Align { left, right };
    struct Column {
        std::string title;
        Align align = Align::left;
    };

    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    // One cell a column. Cells go through printable(): what a sender chose cannot move the cursor.
    void add(std::vector<std::string> cells);
    [[nodiscard]] bool empty() const { return rows_.empty(); }
    // All lines, the titles first, each with its line break and without spaces at its end.
    [[nodiscard]] std::string text() const;

  private:
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

// `name  value` lines, the values in one column.
std::string name_value_lines(const std::vector<std::pair<std::string, std::string>>& lines);

// The columns that `text` takes on a terminal, one a code point.
std::size_t display_width(std::string_view text);

// `text` cut to `width` columns, with "…" as its end when something was cut.
std::string fit(std::string_view text, std::size_t width);

}  // namespace weir::cli

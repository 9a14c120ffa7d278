#include "cli/row_printer.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/table.h"
#include "codec/json_rows.h"
#include "codec/row_csv.h"

namespace weir::cli {
namespace {

constexpr std::size_t listed_keys = 3;  // of a row in a list, unless asked otherwise

using KeyCount = std::pair<Key, std::uint64_t>;

// The counts, largest first and equal ones by key, cut to `top`.
std::vector<KeyCount> ranked(const AggregateRow& row, std::optional<std::uint64_t> top) {
    std::vector<KeyCount> counts(row.counts.begin(), row.counts.end());
    std::ranges::stable_sort(counts,
                             [](const KeyCount& a, const KeyCount& b) { return a.second > b.second; });
    if (top && counts.size() > *top) counts.resize(*top);
    return counts;
}

std::string table_text(const AggregateRow& row, std::optional<std::uint64_t> top) {
    std::vector<std::pair<std::string, std::string>> lines{
        {"window", fmt::format("{} to {}", format_rfc3339(row.window_start), format_rfc3339(row.window_end))},
        {"total", fmt::format("{} events of {} keys, {} late", with_commas(row.total),
                              with_commas(row.counts.size()), with_commas(row.late))},
        {"state", fmt::format("{}, revision {}, as of {}", row.final ? "final" : "not final yet",
                              row.revision, row.as_of)}};
    if (!row.run_id.empty()) lines.emplace_back("run", row.run_id);
    Table table({{"KEY"}, {"COUNT", Table::Align::right}, {"SHARE", Table::Align::right}});
    for (const auto& [key, count] : ranked(row, top))
        table.add(
            {key, with_commas(count),
             fmt::format("{:.1f}%", 100.0 * static_cast<double>(count) / static_cast<double>(row.total))});
    std::string out = name_value_lines(lines);
    if (!table.empty()) out += '\n' + table.text();
    if (top && row.counts.size() > *top)
        out += fmt::format("and {} more\n", with_commas(row.counts.size() - *top));
    return out;
}

std::string list_line(const AggregateRow& row, std::optional<std::uint64_t> top) {
    std::string largest;
    for (const auto& [key, count] : ranked(row, top.value_or(listed_keys)))
        largest += fmt::format("{}{} {}", largest.empty() ? "" : ", ", printable(key), with_commas(count));
    return fmt::format("{}  {:>10}  {:>5}  {:>8}  {:>8}  {:<5}  {}", format_rfc3339(row.window_end),
                       with_commas(row.total), row.counts.size(), with_commas(row.late), row.revision,
                       row.final ? "yes" : "no", largest);
}

}  // namespace

void declare_output(OptionTable& options, OutputFormat& target) {
    options
        .choice<OutputFormat>("output", target,
                              {{"table", OutputFormat::table},
                               {"json", OutputFormat::json},
                               {"ndjson", OutputFormat::ndjson},
                               {"csv", OutputFormat::csv}},
                              "How to print it")
        .letter = 'o';
}

Result<void> print_row(DataSink& out, const AggregateRow& row, OutputFormat format,
                       std::optional<std::uint64_t> top) {
    switch (format) {
        case OutputFormat::table:
            return out.write(table_text(row, top));
        case OutputFormat::json:
        case OutputFormat::ndjson:
            return out.write(to_json(row, top) + '\n');
        case OutputFormat::csv: {
            std::string text(row_csv_header);
            append_csv(text, row, top);
            return out.write(text);
        }
    }
    return {};
}

Result<void> RowListPrinter::begin() {
    switch (format_) {
        case OutputFormat::table:
            return out_.write(fmt::format("{:<24}  {:>10}  {:>5}  {:>8}  {:>8}  {:<5}  {}\n", "WINDOW END",
                                          "TOTAL", "KEYS", "LATE", "REVISION", "FINAL", "LARGEST"));
        case OutputFormat::json:
            return out_.write("{\"rows\":[");
        case OutputFormat::ndjson:
            return {};
        case OutputFormat::csv:
            return out_.write(row_csv_header);
    }
    return {};
}

Result<void> RowListPrinter::row(const AggregateRow& row) {
    const bool first = std::exchange(first_, false);
    switch (format_) {
        case OutputFormat::table:
            return out_.write(list_line(row, top_) + '\n');
        case OutputFormat::json:
            return out_.write(fmt::format("{}\n{}", first ? "" : ",", to_json(row, top_)));
        case OutputFormat::ndjson:
            return out_.write(to_json(row, top_) + '\n');
        case OutputFormat::csv: {
            std::string text;
            append_csv(text, row, top_);
            return out_.write(text);
        }
    }
    return {};
}

Result<void> RowListPrinter::end() {
    return format_ == OutputFormat::json ? out_.write("\n]}\n") : Result<void>();
}

}  // namespace weir::cli

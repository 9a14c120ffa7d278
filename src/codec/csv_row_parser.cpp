#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/json_string.h"
#include "base/text.h"
#include "codec/csv_reader.h"
#include "codec/row_parser.h"
#include "event/group_by.h"

namespace weir {
namespace {

constexpr std::size_t byte_order_mark_bytes = 3;
constexpr std::size_t longest_held = 16U << 20U;  // a record that is not complete by then is given up

// As append_json_string, quick for the cells that need no escape.
void append_cell_as_json(std::string& out, std::string_view cell) {
    bool special = false;
    for (const char c : cell) {
        const auto byte = static_cast<unsigned char>(c);
        special |= (byte < 0x20) | (byte >= 0x80) | (byte == '"') | (byte == '\\');
    }
    if (special) return append_json_string(out, cell);
    out += '"';
    out += cell;
    out += '"';
}

std::string listed(const std::vector<std::string>& columns) {
    constexpr std::size_t most = 50;
    std::string list;
    for (std::size_t i = 0; i < std::min(columns.size(), most); ++i)
        list += fmt::format("{}'{}'", i == 0 ? "" : ", ", printable(columns[i]));
    if (columns.size() > most) list += fmt::format(" and {} more", columns.size() - most);
    return list;
}

bool same_but_for_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return lower(x) == lower(y); });
}

class CsvRowParser final : public RowParser {
  public:
    CsvRowParser(const RowSource::Options& options, std::string input_name)
        : RowParser(options),
          input_name_(std::move(input_name)),
          longest_(std::max(longest_held, 2 * options.max_row_bytes)) {}

    Result<bool> read_header(std::string_view text, bool last) override;
    Step next(std::string_view text, bool last) override;

  private:
    Result<void> check_columns() const;
    Result<void> check_column(const std::string& name) const;
    // What the reader's answer makes of the record at the start of the text.
    Step take(CsvStatus status, RejectReason reason);
    Step take_record();
    void write_csv();
    Step give_up(std::string_view text);

    std::string input_name_;
    std::size_t longest_;
    CsvRecord record_;
    std::vector<std::string> columns_;
    std::vector<std::string> prefixes_;  // `,"County":`, the first without its comma
};

Result<bool> CsvRowParser::read_header(std::string_view text, bool last) {
    consumed_ = 0;
    if (text.size() < byte_order_mark_bytes && !last) return false;
    CsvReader reader(text, last);
    const CsvStatus status = reader.next(record_);
    if (status == CsvStatus::need_more && text.size() <= longest_) return false;
    if (status == CsvStatus::end && !last) return false;
    if (status == CsvStatus::end)
        return fail(ErrorCode::usage, "input-empty",
                    fmt::format("{} is empty; a CSV header and rows were expected", input_name_),
                    "check that the file was written completely");
    std::string_view flaw;
    if (status == CsvStatus::need_more)
        flaw = "it does not end";
    else if (status == CsvStatus::bad_record)
        flaw = code_of(reader.reason());
    else if (!is_utf8(record_.raw))
        flaw = "it is not UTF-8";
    else if (record_.cells.size() > max_csv_cells)
        flaw = "it has too many columns";
    if (!flaw.empty())
        return fail(ErrorCode::usage, "header-invalid",
                    fmt::format("the first record of {} is no CSV header: {}", input_name_, flaw),
                    "give a CSV file in UTF-8 (RFC 4180), or say that the input is NDJSON");
    columns_ = record_.cells;
    if (auto checked = check_columns(); !checked) return fail(std::move(checked).error());
    csv_header_ = "event_id,ts";
    for (const std::string& column : columns_) {
        csv_header_ += ',';
        append_csv_cell(csv_header_, column);
        prefixes_.push_back(fmt::format("{}{}:", prefixes_.empty() ? "" : ",", json_string(column)));
    }
    consumed_ = reader.consumed();
    line_ = reader.line();
    return true;
}

Result<void> CsvRowParser::check_columns() const {
    for (const std::string& column : columns_) {
        if (column == "event_id" || column == "ts")
            return fail(ErrorCode::usage, "column-reserved",
                        fmt::format("{} has a column '{}', which every event is given when it is sent",
                                    input_name_, column),
                        "rename the column, or send events that have their id and time already with curl "
                        "(docs/http.md)");
    }
    std::vector<std::string_view> names(columns_.begin(), columns_.end());
    std::sort(names.begin(), names.end());
    if (const auto twin = std::adjacent_find(names.begin(), names.end()); twin != names.end())
        return fail(
            ErrorCode::usage, "column-duplicate",
            fmt::format("the header of {} names the column '{}' twice", input_name_, printable(*twin)),
            "give every column a name of its own");
    for (const std::string& field : group_by_fields(options_.group_by))
        if (Result<void> found = check_column(field); !found) return found;
    return {};
}

Result<void> CsvRowParser::check_column(const std::string& name) const {
    if (std::find(columns_.begin(), columns_.end(), name) != columns_.end()) return {};
    const auto alike = std::find_if(columns_.begin(), columns_.end(), [&](const std::string& column) {
        return same_but_for_case(column, name);
    });
    return fail(
        ErrorCode::usage, "column-missing",
        fmt::format("{} has no column '{}'; found {}", input_name_, printable(name), listed(columns_)),
        alike != columns_.end()
            ? fmt::format("names are compared exactly: say --group-by '{}'", printable(*alike))
            : "name the column to count by with --group-by");
}

RowParser::Step CsvRowParser::next(std::string_view text, bool last) {
    std::size_t skipped = 0;
    consumed_ = 0;
    if (skipping_) {
        if (!skip_rest_of_line(text)) return last ? Step::end : Step::need_more;
        skipped = consumed_;
        text.remove_prefix(skipped);
    }
    CsvReader reader(text, last, line_, false);
    const CsvStatus status = reader.next(record_);
    consumed_ = skipped + reader.consumed();
    line_ = reader.line();
    if (status == CsvStatus::end) return last ? Step::end : Step::need_more;
    if (status != CsvStatus::need_more) return take(status, reader.reason());
    text.remove_prefix(reader.consumed());
    return text.size() <= longest_ ? Step::need_more : give_up(text);
}

// The record at the start of the text is longer than may be held: it is rejected. An open quote costs the
// line that it stands on, like one at the end of the input; a line that has no end is dropped as it comes.
RowParser::Step CsvRowParser::give_up(std::string_view text) {
    CsvReader reader(text, true, line_, false);
    const CsvStatus status = reader.next(record_);
    consumed_ += reader.consumed();
    line_ = reader.line();
    skipping_ = reader.consumed() == text.size() && text.back() != '\n';
    if (skipping_) return reject_long(record_.line, record_.raw);
    return take(status, reader.reason());
}

RowParser::Step CsvRowParser::take(CsvStatus status, RejectReason reason) {
    if (record_.raw.size() > options_.max_row_bytes) return reject_long(record_.line, record_.raw);
    if (status == CsvStatus::record) return take_record();
    const std::string_view problem =
        reason == RejectReason::csv_unclosed_quote ? "a quote that opens in this row is never closed"
        : reason == RejectReason::csv_stray_quote
            ? "a quote stands inside an unquoted cell, or text after a closing quote"
            : "the row is not CSV";
    return reject(record_.line, reason, std::string(problem), record_.raw);
}

RowParser::Step CsvRowParser::take_record() {
    if (record_.cells.size() != columns_.size())
        return reject(
            record_.line, RejectReason::csv_field_count,
            fmt::format("the row has {} cells, the header {}", record_.cells.size(), columns_.size()),
            record_.raw);
    if (!simdjson::validate_utf8(record_.raw.data(), record_.raw.size()))
        return reject(record_.line, RejectReason::invalid_utf8, "the row is not UTF-8", record_.raw);
    write_csv();
    row_.json.clear();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        row_.json += prefixes_[i];
        append_cell_as_json(row_.json, record_.cells[i]);
    }
    return Step::row;
}

// The record as it stands, unless its last cell would lose a carriage return to the line break behind it.
void CsvRowParser::write_csv() {
    if (!record_.raw.ends_with('\r')) {
        row_.csv = record_.raw;
        return;
    }
    row_.csv.clear();
    for (std::size_t i = 0; i < record_.cells.size(); ++i) {
        if (i > 0) row_.csv += ',';
        append_csv_cell(row_.csv, record_.cells[i]);
    }
}

}  // namespace

std::unique_ptr<RowParser> make_csv_row_parser(const RowSource::Options& options,
                                               const std::string& input_name) {
    return std::make_unique<CsvRowParser>(options, input_name);
}

}  // namespace weir

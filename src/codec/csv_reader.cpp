#include "codec/csv_reader.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace weir {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::size_t npos = std::string_view::npos;

// A word whose lowest set bit marks the first byte of `word` that equals `c`; 0 when there is none.
constexpr std::uint64_t matches(std::uint64_t word, char c) {
    constexpr std::uint64_t ones = 0x0101010101010101U, high_bits = 0x8080808080808080U;
    const std::uint64_t zero_where_equal = word ^ (ones * static_cast<unsigned char>(c));
    return (zero_where_equal - ones) & ~zero_where_equal & high_bits;
}

// Where the unquoted cell at `at` ends: the first comma, line feed or quote, or the end of the text.
std::size_t unquoted_end(std::string_view text, std::size_t at) {
    if constexpr (std::endian::native == std::endian::little) {
        for (; at + 8 <= text.size(); at += 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, text.data() + at, 8);
            const std::uint64_t found = matches(word, ',') | matches(word, '\n') | matches(word, '"');
            if (found != 0) return at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
        }
    }
    while (at < text.size() && text[at] != ',' && text[at] != '\n' && text[at] != '"')
        ++at;
    return at;
}

enum class CellEnd { comma, line, text, stray_quote, unclosed_quote };

struct Cell {
    CellEnd end;
    std::size_t at;  // of the comma or line feed, of what should not stand there, or of the quote that opened
};

Cell read_unquoted(std::string_view text, std::size_t at, std::string& value) {
    const std::size_t end = unquoted_end(text, at);
    if (end == text.size()) {
        value.assign(text, at);
        return {CellEnd::text, end};
    }
    if (text[end] == '"') return {CellEnd::stray_quote, end};
    const bool crlf = text[end] == '\n' && end > at && text[end - 1] == '\r';
    value.assign(text, at, end - at - (crlf ? 1 : 0));
    return {text[end] == ',' ? CellEnd::comma : CellEnd::line, end};
}

// `open` is where the opening quote stands.
Cell read_quoted(std::string_view text, std::size_t open, std::string& value) {
    value.clear();
    std::size_t at = open + 1;
    for (;;) {
        const std::size_t quote = text.find('"', at);
        if (quote == npos) return {CellEnd::unclosed_quote, open};
        value.append(text, at, quote - at);
        at = quote + 1;
        if (at == text.size() || text[at] != '"') break;
        value += '"';
        ++at;
    }
    if (at == text.size()) return {CellEnd::text, at};
    if (text[at] == ',') return {CellEnd::comma, at};
    if (text[at] == '\n') return {CellEnd::line, at};
    if (text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n') return {CellEnd::line, at + 1};
    return {CellEnd::stray_quote, at};
}

}  // namespace

CsvReader::CsvReader(std::string_view text, bool last, std::uint64_t first_line, bool at_start)
    : text_(text), last_(last), line_(first_line) {
    if (at_start && text.starts_with(byte_order_mark)) position_ = byte_order_mark.size();
}

// Linear: a quote that is never closed is looked for to the end of the text, but at most once. All runs of
// quotes after the one that opened it then have an even length, and an even run at the start of a cell closes
// within itself.
CsvStatus CsvReader::next(CsvRecord& record) {
    skip_empty_lines();
    if (position_ == text_.size()) return CsvStatus::end;
    record.line = line_;
    std::size_t count = 0;
    for (std::size_t at = position_;;) {
        const std::size_t slot = std::min(count++, max_csv_cells);
        if (slot == record.cells.size()) record.cells.emplace_back();
        std::string& value = record.cells[slot];
        const bool quoted = at < text_.size() && text_[at] == '"';
        const Cell cell = quoted ? read_quoted(text_, at, value) : read_unquoted(text_, at, value);
        at = cell.at + 1;
        switch (cell.end) {
            case CellEnd::comma:
                continue;
            case CellEnd::stray_quote:
                return take_bad(record, cell.at, RejectReason::csv_stray_quote);
            case CellEnd::unclosed_quote:
                return take_bad(record, cell.at, RejectReason::csv_unclosed_quote);
            case CellEnd::text:
                if (!last_) return CsvStatus::need_more;
                [[fallthrough]];
            case CellEnd::line:
                break;
        }
        record.cells.resize(std::min(count, max_csv_cells + 1));
        return take(record, cell.at, CsvStatus::record);
    }
}

void CsvReader::skip_empty_lines() {
    for (;;) {
        const std::string_view rest = text_.substr(position_);
        const std::size_t length = rest.starts_with('\n') ? 1 : rest.starts_with("\r\n") ? 2 : 0;
        if (length == 0) return;
        position_ += length;
        ++line_;
    }
}

// The record ends before `end`: the line feed, or the end of the text.
CsvStatus CsvReader::take(CsvRecord& record, std::size_t end, CsvStatus status) {
    record.raw = text_.substr(position_, end - position_);
    line_ += static_cast<std::uint64_t>(std::count(record.raw.begin(), record.raw.end(), '\n'));
    position_ = end;
    if (end == text_.size()) return status;
    if (record.raw.ends_with('\r')) record.raw.remove_suffix(1);
    ++position_;
    ++line_;
    return status;
}

CsvStatus CsvReader::take_bad(CsvRecord& record, std::size_t from, RejectReason reason) {
    const std::size_t line_end = text_.find('\n', from);
    // More text may still close the quote.
    if (!last_ && (line_end == npos || reason == RejectReason::csv_unclosed_quote))
        return CsvStatus::need_more;
    record.cells.clear();
    reason_ = reason;
    return take(record, std::min(line_end, text_.size()), CsvStatus::bad_record);
}

void append_csv_cell(std::string& out, std::string_view cell) {
    if (cell.find_first_of(",\"\r\n") == npos) {
        out += cell;
        return;
    }
    out += '"';
    for (const char c : cell) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

}  // namespace weir

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "event/reject_reason.h"

namespace weir {

// The most cells of a record that anyone may ask for. A record with more is read to its end, but only
// max_csv_cells + 1 of its cells are kept, so that a line of commas cannot take thirty times its size in
// memory.
constexpr std::size_t max_csv_cells = 16'384;

// One record of a CSV text. Cells are unquoted values; `raw` is the record as it stands, without its line
// break. Give the same CsvRecord to every call of next(): its memory is used again.
struct CsvRecord {
    std::vector<std::string> cells;
    std::string_view raw;
    std::uint64_t line = 0;  // where it begins, counting line breaks from 1
};

enum class CsvStatus {
    record,      // a record was read
    end,         // nothing is left
    need_more,   // the text ends inside a record, and more may follow (only when `last` was false)
    bad_record,  // see CsvReader::reason; the record's raw text is given and reading goes on after it
};

// RFC 4180 over a text in memory: LF or CRLF ends a record, quotes may hold commas, quotes and line breaks; a
// byte-order mark at the start is skipped; an empty line is no record. Any other byte, also CR and NUL, is
// data. A record that breaks the rules costs that record alone: reading goes on after the next line break
// (for a quote that is never closed: after the line on which it opened). Time is linear in the text whatever
// it holds. Not thread-safe.
class CsvReader {
  public:
    // `last`: no more text will follow, so an unclosed quote is an error and not a reason to ask for more.
    // After need_more give a new reader the text from consumed() on with more behind it (`first_line`:
    // line()). Whoever does so doubles the text each time, as a record is then read from its beginning again.
    explicit CsvReader(std::string_view text, bool last = true, std::uint64_t first_line = 1,
                       bool at_start = true);
    CsvStatus next(CsvRecord& record);
    [[nodiscard]] RejectReason reason() const { return reason_; }  // after bad_record
    [[nodiscard]] std::size_t consumed() const {
        return position_;
    }                                                           // bytes up to the end of the last record
    [[nodiscard]] std::uint64_t line() const { return line_; }  // the line that consumed() stands on

  private:
    void skip_empty_lines();
    CsvStatus take(CsvRecord& record, std::size_t end, CsvStatus status);
    CsvStatus take_bad(CsvRecord& record, std::size_t from, RejectReason reason);

    std::string_view text_;
    bool last_;
    std::size_t position_ = 0;
    std::uint64_t line_;
    RejectReason reason_ = RejectReason::csv_stray_quote;
};

// A cell as RFC 4180 writes it: quoted only where it must be.
void append_csv_cell(std::string& out, std::string_view cell);

}  // namespace weir

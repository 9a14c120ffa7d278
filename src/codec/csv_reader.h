#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "event/reject_reason.h"

namespace weir {

// One record of a CSV text. Cells are unquoted values; `raw` is the record as it stands, without its line break.
struct CsvRecord {
    std::vector<std::string> cells;
    std::string_view raw;
    std::uint64_t line = 0;   // where it begins, counting line breaks from 1
};

enum class CsvStatus {
    record,         // a record was read
    end,            // nothing is left
    need_more,      // the text ends inside a record, and more may follow (only when `last` was false)
    bad_record,     // see CsvReader::reason; the record's raw text is given and reading goes on after it
};

// RFC 4180 over a text in memory: LF or CRLF ends a record, quotes may hold commas, quotes and line breaks; a byte-order
// mark at the start is skipped; an empty line is no record. A record that breaks the rules costs that record alone: reading
// goes on after the next line break (for a quote that is never closed: after the line on which it opened). Not thread-safe.
class CsvReader {
  public:
    // `last`: no more text will follow, so an unclosed quote is an error and not a reason to ask for more.
    explicit CsvReader(std::string_view text, bool last = true, std::uint64_t first_line = 1, bool at_start = true);
    CsvStatus next(CsvRecord& record);
    [[nodiscard]] RejectReason reason() const { return reason_; }     // after bad_record
    [[nodiscard]] std::size_t consumed() const { return position_; }  // bytes up to the end of the last record

  private:
    std::string_view text_;
    bool last_;
    std::size_t position_ = 0;
    std::uint64_t line_;
    RejectReason reason_ = RejectReason::csv_stray_quote;
};

// A cell as RFC 4180 writes it: quoted only where it must be.
void append_csv_cell(std::string& out, std::string_view cell);

}  // namespace weir

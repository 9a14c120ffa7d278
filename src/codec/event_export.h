#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir {

// Writes events as CSV: the header `event_id,ts,<columns>` and a record an event, RFC 4180 quoting, each
// ended by LF.
//
// A string is written as it is; a number, boolean, null, array or object as its JSON text; a field the event
// does not have as an empty cell. A cell that a spreadsheet would take for a formula (it begins with = + - @,
// tab, CR or LF, and is no plain number) gets a leading apostrophe (OWASP, "CSV Injection"); so does one that
// begins with apostrophes before such a character. So the guard can be undone without loss: see
// unguarded_csv_cell. -76.61 stays a number. Not thread-safe.
class CsvEventWriter {
  public:
    static constexpr std::size_t max_names_left_out = 100;

    // `columns`: the fields that follow event_id and ts; empty: those of the first event, in its order.
    explicit CsvEventWriter(std::vector<std::string> columns = {});
    ~CsvEventWriter();
    CsvEventWriter(CsvEventWriter&&) noexcept;
    CsvEventWriter& operator=(CsvEventWriter&&) noexcept;

    // Appends the record of one event, given as the JSON object that a scan yields, and before the first one
    // the header. Nothing is appended on an error (ErrorCode::storage, "line-unreadable": the line is no JSON
    // object).
    Result<void> append(std::string_view line, std::string& out);
    // Appends the header if no event came. To be called at the end.
    void finish(std::string& out);

    // Values that had no column and are not in the export: all of them, and by field (the first
    // max_names_left_out names).
    [[nodiscard]] std::uint64_t values_left_out() const;
    [[nodiscard]] const std::map<std::string, std::uint64_t>& fields_left_out() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Appends one cell, quoted and guarded as CsvEventWriter does it. For other lists that hold what a sender
// chose.
void append_guarded_csv_cell(std::string& out, std::string_view cell);

// What was in the cell before it was guarded.
std::string_view unguarded_csv_cell(std::string_view cell);

}  // namespace weir

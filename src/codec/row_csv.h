#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "event/aggregate_row.h"

namespace weir {

// Rows as CSV (RFC 4180, records ended by LF): a record for each key of a row, so that a row without a key
// has none. The key is written by append_guarded_csv_cell (event_export.h), which unguarded_csv_cell undoes.
constexpr std::string_view row_csv_header =
    "window_start,window_end,key,count,total,late,revision,final,run_id\n";

// The records of one row, without the header: its counts, largest first and equal ones by key; `top`: only
// the so many largest. Thread-safe.
void append_csv(std::string& out, const AggregateRow& row, std::optional<std::size_t> top = {});
// The same from a row that was cut already: its first `top` counts.
void append_csv(std::string& out, const TopRow& row, std::size_t top);

}  // namespace weir

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "window/view_row.h"

namespace weir {

using RankedGroup = std::pair<Key, ViewValue>;

// The groups, largest value first and equal ones by key, cut to `top`.
std::vector<RankedGroup> ranked_groups(const ViewRow& row, std::optional<std::uint64_t> top);

// Rows of views as CSV (RFC 4180, records ended by LF), as codec/row_csv.h writes the others: a record for
// each group of a row, in the order of ranked_groups, the key by append_guarded_csv_cell.
constexpr std::string_view view_csv_header =
    "view,measure,window_start,window_end,key,value,count,total,unusable,revision,final\n";
std::string view_csv_lines(const ViewRow& row, std::optional<std::uint64_t> top = {});

}  // namespace weir

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "window/view_row.h"

namespace weir {

// The answers of /v1/views, as docs/views.md shows them. Reading fails with ErrorCode::invalid,
// "answer-invalid". Numbers are passed on as they are written.
std::string to_json(const ViewRow& row);
Result<ViewRow> view_row_from_json(std::string_view text);

// `next`: the `from` of the following page.
std::string view_rows_to_json(std::span<const ViewRow> rows, std::optional<Timestamp> next);
struct ViewRowPage {
    std::vector<ViewRow> rows;
    std::optional<Timestamp> next;
};
Result<ViewRowPage> view_rows_from_json(std::string_view text);

std::string views_to_json(std::span<const ViewStatus> views);
Result<std::vector<ViewStatus>> views_from_json(std::string_view text);

}  // namespace weir

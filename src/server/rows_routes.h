#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "event/aggregate_row.h"
#include "server/backend.h"
#include "server/form.h"
#include "server/router.h"

namespace weir {

constexpr std::uint64_t max_top = 1'000'000;  // of `?top=`
constexpr std::uint64_t max_found = 1000;     // keys that `?match=` gives without a `?top=`

// GET /v1/rows, /v1/rows/latest, /v1/rows/{window_end}, /v1/runs/{run_id}: rows as they are stored.
void add_rows_routes(Router& router, Backend& backend);

// What rows are had as: a JSON object, the same as a line, or a CSV record a key (codec/row_csv.h).
inline constexpr std::array row_forms{Form::json, Form::ndjson, Form::csv};

// How many of the largest counts are kept, as row_answer keeps them: `?top=`, or max_found with `?match=`
// alone, or else all. For those who must know before they have a row that it can be.
Result<std::optional<std::uint64_t>> read_top(const Query& query);

// One row as an answer: of the keys that contain `?match=` (ASCII letters without their case), and of those
// the largest (read_top). The total stays that of all.
Result<http::Response> row_answer(unsigned status, const AggregateRow& row, const Query& query,
                                  Form form = Form::json);

}  // namespace weir

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "event/aggregate_row.h"
#include "server/backend.h"
#include "server/router.h"

namespace weir {

constexpr std::uint64_t max_top = 1'000'000;  // of `?top=`

// GET /v1/rows, /v1/rows/latest, /v1/rows/{window_end}, /v1/runs/{run_id}: rows as they are stored.
void add_rows_routes(Router& router, Backend& backend);

// `?top=`, which row_answer obeys: for those who must know before they have a row that it can be.
Result<std::optional<std::uint64_t>> read_top(const Query& query);

// One row as an answer: of the keys that contain `?match=` (ASCII letters without their case), and of those
// the `?top=` largest, where they are given. The total stays that of all.
Result<http::Response> row_answer(unsigned status, const AggregateRow& row, const Query& query);

}  // namespace weir

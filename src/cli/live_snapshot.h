#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "event/aggregate_row.h"
#include "event/verdict.h"

namespace weir::cli {

// One snapshot of GET /v1/live (docs/http.md): it needs none before it.
struct LiveSnapshot {
    std::string state;                 // "ready", "draining", "disk-full", "failed"
    std::optional<double> per_second;  // events stored, lately; none in the server's first second
    AggregateRow row;
    std::vector<RankedKey> ranked;  // the counts of the row, largest first, equal ones by key
    std::size_t keys = 0;           // in all; more than `ranked` has when the server left small ones away
    Ledger ledger;
};

// Fails with ErrorCode::invalid, "answer-invalid".
Result<LiveSnapshot> live_snapshot_from_json(std::string_view text);

}  // namespace weir::cli

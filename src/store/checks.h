#pragma once

#include "base/result.h"
#include "base/time.h"
#include "event/batch.h"
#include "event/verdict.h"

namespace weir {

constexpr Duration max_panes_range{std::chrono::hours{1}};

// What every Store asks of the range of window_counts ("window-unaligned") and of panes (also
// "range-too-long").
Result<void> check_window_range(TimeRange range, Duration pane);
Result<void> check_panes_range(TimeRange range, Duration pane);

// The verdict on a batch before its events are looked at: batch_id, received, rejected and the first line
// errors.
Verdict verdict_on_lines(const Batch& batch);

// Adds a first verdict, or the answer to a batch that came again, to the ledger.
void add_to_ledger(Ledger& ledger, const Verdict& verdict);

// The answer to a batch id that was used for other content.
tl::unexpected<Error> batch_conflict(const std::string& batch_id);

}  // namespace weir

#pragma once

#include <string>
#include <vector>

#include "aws/cost_measured.h"
#include "base/result.h"
#include "base/time.h"
#include "cli/aws_access.h"

namespace weir::cli {

// Adds what one function's log says to a run: the lines that weir's functions write ("messages stored",
// "units consumed") and those of Lambda itself (REPORT). Other lines are passed over.
void add_store_log(aws::MeasuredRun& run, const std::vector<std::string>& lines);
void add_aggregate_log(aws::MeasuredRun& run, const std::vector<std::string>& lines);

// What the functions of a stack did in a range of time, from their logs. ErrorCode::not_found
// ("nothing-measured") when no event was stored in it.
Result<aws::MeasuredRun> measure_run(AwsAccess& access, const std::string& stack, TimeRange range);

}  // namespace weir::cli

#pragma once

#include <string>
#include <vector>

#include "aws/call.h"
#include "base/result.h"
#include "base/time.h"

namespace weir::aws {

// What was written to a log group of CloudWatch Logs in a range of time, a string a line, in no order across
// its streams (FilterLogEvents; page after page). At most `most` lines (ErrorCode::too_large,
// "log-too-long"). A group that does not exist is ErrorCode::not_found. Lines show up some seconds after they
// were written.
Result<std::vector<std::string>> log_lines(Caller& caller, const std::string& group, TimeRange range,
                                           std::size_t most = 1'000'000);

}  // namespace weir::aws

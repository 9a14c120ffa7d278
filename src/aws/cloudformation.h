#pragma once

#include <map>
#include <memory>
#include <string>

#include "aws/call.h"
#include "base/result.h"

namespace weir::aws {

// The outputs of a stack, by key (DescribeStacks; the query protocol, XML). ErrorCode::not_found when there
// is no such stack.
Result<std::map<std::string, std::string>> stack_outputs(Caller& caller, const std::string& stack);

}  // namespace weir::aws

#pragma once

#include <memory>
#include <string>

#include "aws/session.h"
#include "base/clock.h"
#include "base/result.h"
#include "lambda/configuration.h"
#include "lambda/handler.h"

namespace weir::lambda {

// A function on a store: what a handler needs, put together. `name`: "store" or "aggregate" (the value of
// _HANDLER), else ErrorCode::usage, "handler-unknown". `store` and `clock` outlive it.
Result<std::unique_ptr<Handler>> make_handler(const std::string& name, const Configuration& configuration,
                                              Store& store, const Clock& clock);

// The same on the tables that are spoken to by `aws`. What it does for an invocation ends before the
// deadline: DeadlineCaller. `clock` outlives it.
Result<std::unique_ptr<Handler>> make_function(const std::string& name, const Configuration& configuration,
                                               std::unique_ptr<aws::Caller> aws, Clock& clock);

// The same from the environment alone: session, tables and all. `clock` outlives it.
Result<std::unique_ptr<Handler>> make_function(const std::string& name, const aws::Environment& environment,
                                               Clock& clock);

}  // namespace weir::lambda

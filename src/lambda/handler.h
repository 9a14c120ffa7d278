#pragma once

#include <string>

#include "base/result.h"
#include "base/time.h"

namespace weir::lambda {

// One call of a function.
struct Invocation {
    std::string request_id;
    std::string payload;                 // the event, JSON
    Timestamp deadline = max_timestamp;  // Lambda ends the process then
};

// What a function does. One call at a time. May throw: that call alone fails.
class Handler {
  public:
    virtual ~Handler() = default;
    // The answer, JSON. An Error is reported as the function's error.
    virtual Result<std::string> handle(Invocation invocation) = 0;
};

}  // namespace weir::lambda

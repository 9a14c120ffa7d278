#include "lambda/deadline_caller.h"

#include <utility>

#include <fmt/format.h>

namespace weir::lambda {

Result<aws::Answer> DeadlineCaller::call(const aws::Service& service, aws::Request request) {
    const Timestamp deadline = deadline_;
    if (const Timestamp now = clock_.now(); now + margin_ >= deadline)
        return fail(ErrorCode::interrupted, "deadline-near",
                    fmt::format("{} was not called: it is {}, and the function ends at {}", service.name,
                                format_rfc3339(now), format_rfc3339(deadline)),
                    "the rest comes again by itself; where this repeats, the tables are too slow for one "
                    "invocation: raise their capacity or lower BatchSize");
    return caller_->call(service, std::move(request));
}

}  // namespace weir::lambda

#pragma once

#include <string>

#include "base/clock.h"
#include "lambda/handler.h"
#include "pipeline/aggregator.h"

namespace weir::lambda {

// The aggregate function.
//  {"scheduled_time":"2026-11-24T00:20:00Z"}: from the schedule. Writes every row that is due as of that time
//  (as many as there is time for before the deadline; the log says how many windows are left to the next run)
//  and answers
//      {"scheduled_time":…,"rows":n}. The clock never stands in for a time that is missing:
//      "scheduled-time-missing"; "scheduled-time-unsubstituted" when `<aws.scheduler.scheduled-time>` comes
//      as it stands in the template; "scheduled-time-in-future" when it lies more than `max_ahead` after the
//      clock (its rows would be written too soon).
//  {"test_run_id":"…","at":"…"}: invoked directly (`at` may be left out). Writes the row of that run and
//  answers it
//      (codec/json_rows.h).
// Anything else is ErrorCode::invalid: "scheduled-time-missing" for an object without either, else
// "event-unknown".
class AggregateHandler final : public Handler {
  public:
    // All outlive the handler.
    AggregateHandler(Aggregator& aggregator, const Clock& clock, Duration max_ahead)
        : aggregator_(aggregator), clock_(clock), max_ahead_(max_ahead) {}
    Result<std::string> handle(Invocation invocation) override;

  private:
    Result<std::string> tick(const std::string& scheduled_time, Timestamp deadline);

    Aggregator& aggregator_;
    const Clock& clock_;
    const Duration max_ahead_;
};

}  // namespace weir::lambda

#pragma once

#include <functional>

#include "base/clock.h"
#include "base/result.h"
#include "store/store.h"

namespace weir::cli {

struct ResumeOptions {
    Duration retry_for{60'000};                  // since the last event that came
    std::size_t events_a_part = 20'000;          // a cursor is taken after so many
    std::function<void(const Error&)> on_retry;  // told of each failure before the wait
};

// A scan that outlives lost connections: it goes on from its last cursor, as of the moment it began, so that
// every event of the range is visited exactly once whatever happens between. The visitor may fail, which ends
// the scan with its error. A store that cannot be connected to before it has answered once is not waited for.
Result<ScanEnd> resumable_scan(StoreReader& store, ScanRequest request, const ResumeOptions& options,
                               Clock& clock, const std::function<Result<void>(const EventView&)>& visitor);

}  // namespace weir::cli

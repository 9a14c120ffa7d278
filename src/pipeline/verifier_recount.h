#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "event/aggregate_row.h"
#include "event/event.h"
#include "pipeline/verifier.h"
#include "store/store.h"

namespace weir {

// Which events of a produced run were met, and how often: one byte an event of the run, whatever else is in
// the store. Events of other runs are passed over. Not thread-safe.
class RunPresence {
  public:
    explicit RunPresence(const ProducedRun& produced);
    void note(const EventView& event);

    [[nodiscard]] bool met(std::uint64_t sequence) const { return times_[sequence - 1] > 0; }
    // Fills the four fields of a Comparison that speak of single events.
    void report(Comparison& out) const;

    // The first event of the run whose ts lies outside [first_ts, last_ts], and the first id of the run's
    // form that was never produced. Both are faults of the store: neither may exist.
    [[nodiscard]] const std::optional<std::string>& misplaced() const { return misplaced_; }
    [[nodiscard]] const std::optional<std::string>& unknown() const { return unknown_; }

  private:
    ProducedRun produced_;
    std::vector<std::uint8_t> times_;  // by sequence - 1, stops at 255
    std::optional<std::string> misplaced_, unknown_;
};

// What the raw events say.
struct Recount {
    explicit Recount(const ProducedRun& produced) : presence(produced) {}
    KeyCounts counts;         // of the window
    std::uint64_t total = 0;  // events of the window
    RunPresence presence;     // over the window and the run's own time together
    TimeRange scanned;
};

// Visits the raw events committed up to `as_of` and counts those of `window` one by one. The scan also covers
// the run's own time, so that events of a run longer than the window are looked for as well.
Result<Recount> recount_raw(StoreReader& store, TimeRange window, const ProducedRun& produced,
                            std::uint64_t as_of);

// The smallest range that covers both.
TimeRange cover(TimeRange a, TimeRange b);

}  // namespace weir

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "pipeline/verifier.h"
#include "pipeline/verifier_recount.h"

namespace weir {

// Something about the row itself that is wrong, whatever the raw events say.
struct RowFault {
    std::string problem;  // what is wrong, for Comparison::problems
    std::string cause;    // what it most likely comes from; empty: look at the counts first
};

// Holds a row against what was asked for: `answered` is what the trigger returned, `stored` what was read
// back under the run id (absent: nothing was). In the order of weight: the first fault explains the others.
std::vector<RowFault> row_faults(const AggregateRow& answered, const std::optional<AggregateRow>& stored,
                                 const std::string& run_id, Timestamp at, const WindowSpec& window);

// Everything that is known when a comparison has not passed.
struct Evidence {
    const ProducedRun& produced;
    const WindowSpec& window;
    const AggregateRow& row;
    const std::vector<RowFault>& faults;
    const Comparison& comparison;
    const Recount& recount;
    bool has_positions = true;  // of the store
};

// One or two sentences that a person can act on. Looks at the raw events again, a pane further out on both
// sides of the window, and for missing events also past the row's as_of; so it costs up to two more scans,
// and only when something is wrong.
Result<std::string> likely_cause(StoreReader& store, const Evidence& evidence);

}  // namespace weir

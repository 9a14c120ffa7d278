#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "event/aggregate_row.h"
#include "store/store.h"
#include "window/window.h"

namespace weir {

// What verification needs of the system under test.
struct VerifyTarget {
    StoreReader& store;
    // Triggers the aggregator with a run id, for the window that ends at `at`.
    std::function<Result<AggregateRow>(const std::string& run_id, Timestamp at)> aggregate;
    WindowSpec window;
};

// What was sent and acknowledged: event ids run its sequence from 1 to `events`.
struct ProducedRun {
    std::string run_id;
    std::uint64_t events = 0;
    Timestamp first_ts, last_ts;
};

struct KeyDifference {
    Key key;
    std::uint64_t expected = 0;  // recounted from the raw events
    std::uint64_t actual = 0;    // on the aggregate row
};

// What step 5 found. Empty lists and equal totals mean a pass.
struct Comparison {
    std::uint64_t expected_total = 0, actual_total = 0;
    std::vector<KeyDifference> keys;  // every key that differs
    std::vector<std::string>
        missing_ids;  // produced and acknowledged, but not among the raw events (first 100)
    std::vector<std::string> doubled_ids;    // stored more than once (first 100)
    std::uint64_t missing = 0, doubled = 0;  // all of them
    std::vector<std::string>
        problems;              // each a sentence: wrong run id, wrong `updated`, total != sum of counts, …
    std::string likely_cause;  // a sentence for a person, empty on a pass
    [[nodiscard]] bool passed() const {
        return expected_total == actual_total && keys.empty() && missing == 0 && doubled == 0 &&
               problems.empty();
    }
};

struct VerifyReport {
    ProducedRun produced;
    AggregateRow row;
    KeyCounts recount;  // of the raw events in [updated - window, updated)
    Comparison comparison;
};

// Told of each of the five steps as it ends: number (1 to 5), what was done, whether it passed.
using StepObserver = std::function<void(int step, const std::string& text, bool passed)>;

// Steps 2 to 5 of the proof (step 1, producing, is the Producer's): triggers the aggregator under a run id of
// its own, reads the row tagged with it and its `updated` time, recounts the raw events in [updated - window,
// updated) one by one, and compares. Raw events are read up to the row's `as_of`, so other producers may
// write meanwhile. Shares no counting code with the aggregator. An Error means that it could not be carried
// out; a difference is a report whose comparison has not passed.
Result<VerifyReport> verify_run(const VerifyTarget& target, const ProducedRun& produced,
                                const std::string& verify_run_id, Clock& clock, const StepObserver& observer);

// One kind of tampering and whether verification caught it.
struct TamperOutcome {
    std::string name;  // "an event lost"
    bool caught = false;
    std::string diagnosis;  // what it said
};

// Runs steps 2 to 5 again behind a StoreReader that falsifies the answers in each way that verification
// claims to detect: an event lost, doubled, moved to another key, moved across either window edge, a wrong
// `updated`, the row of another run, … .
Result<std::vector<TamperOutcome>> verify_self_test(const VerifyTarget& target, const ProducedRun& produced,
                                                    Clock& clock);

}  // namespace weir

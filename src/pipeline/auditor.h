#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/store.h"
#include "window/window.h"

namespace weir {

struct AuditDifference {
    std::string what;          // "pane", "row" or "ledger"
    Timestamp at;              // the pane's start, the row's window end, or the range's start
    Key key;                   // empty: the total
    std::uint64_t raw = 0;     // recounted from the raw events
    std::uint64_t stored = 0;  // what the pane, the row or the ledger says
    std::string note;          // what is wrong, where the two numbers do not say it
};

struct AuditReport {
    TimeRange range;           // what was audited: the range asked for, cut to what is kept
    std::uint64_t events = 0;  // raw events of the range
    std::uint64_t panes = 0;   // panes with events or counts
    std::uint64_t rows = 0;    // rows that were held against the raw events
    std::uint64_t rows_pending =
        0;  // of these, right for their as_of, while newer events wait to be counted in them
    std::uint64_t rows_skipped = 0;  // rows whose window lies partly outside the range
    std::uint64_t panes_moving = 0;  // panes that were written to all the while; held against bounds only
    std::uint64_t differences = 0;
    std::vector<AuditDifference> first;  // at most 100
    Ledger ledger;
    [[nodiscard]] bool passed() const { return differences == 0 && ledger.balances(); }
};

// Recounts all raw events of a pane-aligned range (reason "range-unaligned") and holds them against the panes
// and against every scheduled row whose window lies in the range; checks that the ledger balances and has
// stored at least what was counted. Nothing older than `kept_since` is looked at: raw events outlive the
// panes that retention has dropped, so give it `now - retention`, and a margin for the time that the audit
// takes. `progress` is told the events read so far. Works an hour at a time, in memory bounded by an hour and
// one window of panes. Shares no counting code with the aggregator.
//
// Producers may be writing. Why the verdict is sound nevertheless:
//  Panes. The panes of an hour are read, then its raw events are scanned, then the panes are read again. A
//  pane's counts only
//    grow, and a batch's events and counts are committed together; so the raw count of a pane and key lies
//    between the two readings, and is equal to both when they are equal. What breaks this is looked at again,
//    twice, since one store may show its panes a moment after its events; it is a difference only if it still
//    does not fit. A fixed position for all scans would not do: panes cannot be read as of a position. A pane
//    that is gone at the second reading was dropped by retention.
//  Rows. A row that equals the recount is right. For one that does not, its window is scanned again as of the
//  row's own as_of,
//    which is exact whatever is written meanwhile: equal means that the row is right for its moment (pending
//    if newer events wait for it), anything else is a difference. A store without positions is compared as it
//    is now: a row that is not final yet may be behind its events; a late event of the last minutes shows as
//    a difference until the next scheduled run has counted it.
Result<AuditReport> audit(StoreReader& store, const WindowSpec& window, TimeRange range,
                          const std::function<void(std::uint64_t)>& progress,
                          std::optional<Timestamp> kept_since = std::nullopt);

}  // namespace weir

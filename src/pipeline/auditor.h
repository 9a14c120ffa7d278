#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/store.h"
#include "window/window.h"

namespace weir {

struct AuditDifference {
    std::string what;            // "pane" or "row"
    Timestamp at;                // the pane's start or the row's window end
    Key key;                     // empty: the total
    std::uint64_t raw = 0;       // recounted from the raw events
    std::uint64_t stored = 0;    // what the pane or the row says
};

struct AuditReport {
    TimeRange range;
    std::uint64_t events = 0, panes = 0, rows = 0;
    std::uint64_t rows_pending = 0;               // rows whose events are still arriving: as_of older than the scan and not yet rewritten
    std::uint64_t differences = 0;
    std::vector<AuditDifference> first;           // at most 100
    Ledger ledger;
    [[nodiscard]] bool passed() const { return differences == 0 && ledger.balances(); }
};

// Recounts all raw events of a pane-aligned range and holds them against the panes and against every stored row whose window lies in
// the range; and checks that the ledger balances. `progress` is told the events counted so far. Works an hour at a time, in bounded memory.
Result<AuditReport> audit(StoreReader& store, const WindowSpec& window, TimeRange range, const std::function<void(std::uint64_t)>& progress);

}  // namespace weir

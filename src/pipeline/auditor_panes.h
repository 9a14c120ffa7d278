#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "pipeline/auditor.h"
#include "store/store.h"
#include "window/window.h"

namespace weir {

// Counts by pane. Panes without events are absent.
using PaneCells = std::map<Timestamp, KeyCounts>;

// Recounts raw events pane by pane and holds them against the stored panes (see audit()). Not thread-safe.
class PaneAudit {
  public:
    PaneAudit(StoreReader& store, const WindowSpec& window,
              const std::function<void(std::uint64_t)>& progress)
        : store_(store), window_(window), progress_(progress) {}

    // Audits the panes of a range of at most an hour; what is found goes to `report`, the raw counts to
    // raw().
    Result<void> run(TimeRange range, AuditReport& report);
    // The raw counts of the ranges audited so far.
    [[nodiscard]] const PaneCells& raw() const { return raw_; }
    void forget_before(Timestamp pane) { raw_.erase(raw_.begin(), raw_.lower_bound(pane)); }

  private:
    struct Findings;
    Result<PaneCells> scan(TimeRange range);
    Result<PaneCells> stored(TimeRange range);
    Result<Findings> compare(TimeRange range);

    StoreReader& store_;
    const WindowSpec& window_;
    const std::function<void(std::uint64_t)>& progress_;
    std::uint64_t read_ = 0;  // events, for progress
    PaneCells raw_;
};

}  // namespace weir

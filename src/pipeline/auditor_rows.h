#pragma once

#include "base/result.h"
#include "event/aggregate_row.h"
#include "pipeline/auditor.h"
#include "pipeline/auditor_panes.h"

namespace weir {

// Holds stored rows against raw counts, window ends ascending (see audit()). Not thread-safe.
class RowAudit {
  public:
    RowAudit(StoreReader& store, const WindowSpec& window, const PaneAudit& panes, Timestamp first_pane)
        : store_(store), window_(window), panes_(panes), first_pane_(first_pane) {}

    // Checks every scheduled row with window_end in `ends`. The raw counts of their windows must be in
    // `panes`, as far as they are not older than first_pane.
    Result<void> run(TimeRange ends, AuditReport& report);
    // Counts the rows with window_end in `ends` as skipped.
    Result<void> skip(TimeRange ends, AuditReport& report);
    // To be called when raw counts of panes before this one were dropped.
    void forgot_before(Timestamp pane);

  private:
    Result<void> each(TimeRange ends, const std::function<Result<void>(const AggregateRow&)>& visit);
    Result<void> check(const AggregateRow& row, AuditReport& report);
    Result<void> check_again(const AggregateRow& row, const KeyCounts& raw, AuditReport& report);
    Result<KeyCounts> recount(TimeRange window, std::uint64_t as_of);
    const KeyCounts& slide_to(TimeRange window);
    void add(TimeRange panes, bool subtract);

    StoreReader& store_;
    const WindowSpec& window_;
    const PaneAudit& panes_;
    Timestamp first_pane_;
    TimeRange summed_{};  // what sum_ holds; empty: nothing
    KeyCounts sum_;
};

}  // namespace weir

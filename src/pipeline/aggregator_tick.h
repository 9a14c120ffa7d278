#pragma once

#include <optional>
#include <set>
#include <span>
#include <vector>

#include "pipeline/aggregator.h"

namespace weir {

// One run of the schedule. The order matters: the dirty panes are read before anything is counted, so that a
// change that comes later either is counted or leaves its marker.
class Aggregator::Tick {
  public:
    Tick(Aggregator& owner, Timestamp now, Timestamp deadline);
    Result<TickReport> run();

  private:
    // As far as the budget and the time reach; each says in report_.windows_left what it has left.
    Result<void> write_closed();
    Result<void> write_dirty(const std::vector<DirtyPane>& dirty);
    Result<void> write_final();
    Result<void> look_back();

    Result<void> refresh(Timestamp end);
    Result<void> refresh(Timestamp end, const std::optional<AggregateRow>& stored);
    Result<void> put(std::span<const DirtyPane> cleared);
    [[nodiscard]] bool has_time() const;
    [[nodiscard]] std::size_t windows_in(TimeRange ends) const;

    Aggregator& owner_;
    const Options& options_;
    const Timestamp now_;
    const Timestamp deadline_;
    const Timestamp oldest_;                     // windows that end later are kept right
    std::size_t budget_;                         // windows that may still be counted
    std::optional<AggregateRow> latest_;         // the last row stored before this tick
    Timestamp scheduled_until_ = min_timestamp;  // every later window is yet to be written by the schedule
    std::set<Timestamp> counted_;                // window ends counted in this tick
    std::vector<AggregateRow> rows_;             // counted and not yet put
    Duration slowest_count_{0}, slowest_put_{0};
    TickReport report_;
};

}  // namespace weir

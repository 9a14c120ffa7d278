#include "store/pane_delta.h"

#include <limits>
#include <unordered_map>
#include <vector>

#include "window/count_map.h"

namespace weir {
namespace {

// The panes of one batch, numbered in the order they come up. Mostly an event lies in the pane of the event
// before it.
class BatchPanes {
  public:
    explicit BatchPanes(Duration pane) : length_(pane) {}

    std::uint32_t number_of(Timestamp ts) {
        if (last_.contains(ts)) return last_number_;
        const Timestamp start = align_down(ts, length_);
        const auto [known, is_new] =
            numbers_.try_emplace(to_ms(start), static_cast<std::uint32_t>(starts_.size()));
        if (is_new) {
            starts_.push_back(start);
            late_.push_back(0);
        }
        last_ = {start, start + length_};
        last_number_ = known->second;
        return last_number_;
    }
    void add_late(std::uint32_t number) { ++late_[number]; }
    [[nodiscard]] Timestamp start(std::size_t number) const { return starts_[number]; }
    [[nodiscard]] const std::vector<std::uint64_t>& late() const { return late_; }

  private:
    Duration length_;
    TimeRange last_{};
    std::uint32_t last_number_ = 0;
    std::unordered_map<std::int64_t, std::uint32_t> numbers_;
    std::vector<Timestamp> starts_;
    std::vector<std::uint64_t> late_;
};

}  // namespace

std::uint64_t count_events(const Batch& batch, Timestamp received_at,
                           std::span<const std::uint32_t> duplicates, const WindowSpec& window,
                           PaneDeltas& deltas) {
    BatchPanes panes(window.pane);
    CountMap counts;  // by pane number and key index
    std::uint64_t late = 0;
    const Timestamp on_time = received_at - window.lateness;
    auto skip = duplicates.begin();
    for (std::uint32_t i = 0; i < batch.events.size(); ++i) {
        if (skip != duplicates.end() && *skip == i) {
            ++skip;
            continue;
        }
        const EventRecord& event = batch.events[i];
        const std::uint32_t pane = panes.number_of(event.ts);
        counts.add(std::uint64_t{pane} << 32U | event.key, 1);
        if (event.ts >= on_time) continue;
        panes.add_late(pane);
        ++late;
    }
    counts.for_each([&](std::uint64_t at, std::uint64_t count) {
        const auto key = static_cast<std::uint32_t>(at & std::numeric_limits<std::uint32_t>::max());
        deltas[panes.start(at >> 32U)].counts[batch.keys[key]] += count;
    });
    for (std::size_t pane = 0; pane < panes.late().size(); ++pane)
        if (panes.late()[pane] != 0) deltas[panes.start(pane)].late += panes.late()[pane];
    return late;
}

}  // namespace weir

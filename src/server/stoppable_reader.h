#pragma once

#include <atomic>

#include "store/store.h"

namespace weir {

// A store whose long reads end when a flag is set: then they fail with ErrorCode::interrupted ("stopped").
// Both must outlive it. As thread-safe as `inner`.
class StoppableReader final : public StoreReader {
  public:
    StoppableReader(StoreReader& inner, const std::atomic<bool>& stopping)
        : inner_(inner), stopping_(stopping) {}

    Result<WindowCounts> window_counts(TimeRange range) override { return inner_.window_counts(range); }
    Result<TopCounts> top_counts(TimeRange range, const TopRequest& request) override {
        return inner_.top_counts(range, request);
    }
    Result<std::vector<PaneCount>> panes(TimeRange range) override {
        if (stopping_) return stopped();
        return inner_.panes(range);
    }
    Result<ScanEnd> scan(const ScanRequest& request, const EventVisitor& visitor) override {
        bool cut = false;
        auto end = inner_.scan(request, [&](const EventView& event) {
            cut = stopping_.load(std::memory_order_relaxed);
            return cut ? Visit::stop : visitor(event);
        });
        if (cut) return stopped();
        return end;
    }
    Result<std::optional<AggregateRow>> row_at(Timestamp window_end) override {
        return inner_.row_at(window_end);
    }
    Result<std::optional<AggregateRow>> row_of_run(const std::string& run_id) override {
        return inner_.row_of_run(run_id);
    }
    Result<std::optional<AggregateRow>> latest_row() override { return inner_.latest_row(); }
    Result<std::vector<AggregateRow>> rows(TimeRange window_ends, std::size_t limit) override {
        if (stopping_) return stopped();
        return inner_.rows(window_ends, limit);
    }
    Result<DeadLetterPage> dead_letters(TimeRange received, std::uint64_t after, std::size_t limit) override {
        return inner_.dead_letters(received, after, limit);
    }
    Result<Ledger> ledger() override { return inner_.ledger(); }
    [[nodiscard]] bool has_positions() const override { return inner_.has_positions(); }

  private:
    static tl::unexpected<Error> stopped() {
        return fail(ErrorCode::interrupted, "stopped", "the server was stopped before it was done");
    }

    StoreReader& inner_;
    const std::atomic<bool>& stopping_;
};

}  // namespace weir

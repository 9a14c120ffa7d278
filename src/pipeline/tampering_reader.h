#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "event/aggregate_row.h"
#include "store/store.h"

namespace weir {

// A raw event that owns its parts.
struct RawEvent {
    std::string event_id;
    Timestamp ts;
    Key key;
    std::string line;
};
RawEvent own(const EventView& event);
// The same event with another time, key or id, in its line too.
RawEvent with_ts(RawEvent event, Timestamp ts);
RawEvent with_key(RawEvent event, Key key);
RawEvent with_id(RawEvent event, std::string event_id);

// What a TamperingReader answers in place of the truth.
struct Falsification {
    // By what the victim is replaced: by nothing, by itself twice, by an altered copy. Empty: it is left
    // alone.
    std::function<std::vector<RawEvent>(const RawEvent&)> victim;
    // An event that is not in the store.
    std::optional<RawEvent> extra;
    // Alters the row that is read back. Empty: it is left alone.
    std::function<void(AggregateRow&)> row;
    bool row_gone = false;
};

// A StoreReader that lies about one raw event and about rows, consistently: whatever range is scanned, an
// event stands where its falsified time says. Everything else is passed on. For the self test of the
// verification. As thread-safe as `inner`.
class TamperingReader final : public StoreReader {
  public:
    TamperingReader(StoreReader& inner, RawEvent victim, Falsification falsification);

    Result<WindowCounts> window_counts(TimeRange range) override { return inner_.window_counts(range); }
    Result<std::vector<PaneCount>> panes(TimeRange range) override { return inner_.panes(range); }
    Result<ScanEnd> scan(const ScanRequest& request, const EventVisitor& visitor) override;
    Result<std::optional<AggregateRow>> row_at(Timestamp window_end) override {
        return falsify(inner_.row_at(window_end));
    }
    Result<std::optional<AggregateRow>> row_of_run(const std::string& run_id) override {
        return falsify(inner_.row_of_run(run_id));
    }
    Result<std::optional<AggregateRow>> latest_row() override { return falsify(inner_.latest_row()); }
    Result<std::vector<AggregateRow>> rows(TimeRange window_ends, std::size_t limit) override {
        return inner_.rows(window_ends, limit);
    }
    Result<DeadLetterPage> dead_letters(TimeRange received, std::uint64_t after, std::size_t limit) override {
        return inner_.dead_letters(received, after, limit);
    }
    Result<Ledger> ledger() override { return inner_.ledger(); }
    [[nodiscard]] bool has_positions() const override { return inner_.has_positions(); }

  private:
    Result<std::optional<AggregateRow>> falsify(Result<std::optional<AggregateRow>> row) const;

    StoreReader& inner_;
    RawEvent victim_;
    Falsification falsification_;
};

}  // namespace weir

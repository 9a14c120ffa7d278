#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "aws/dynamodb.h"
#include "base/clock.h"
#include "store/dynamo/meta.h"
#include "store/dynamo/minute_index.h"
#include "store/dynamo/parallel.h"
#include "store/dynamo_store.h"
#include "store/pane_delta.h"
#include "store/store.h"

namespace weir::dynamo {

// The Store on DynamoDB. It keeps nothing in memory but its options. Committing: committing.cpp; counts and
// the ledger: reading.cpp; scans: scanning.cpp; dead letters: dead_letters.cpp; rows and dirty marks:
// rows.cpp.
class DynamoStore final : public Store {
  public:
    DynamoStore(aws::DynamoDb& db, DynamoOptions options, const Clock& clock, Timestamp created)
        : db_(db), options_(std::move(options)), clock_(clock), created_(created) {}

    Result<std::vector<Result<Verdict>>> commit(std::span<Batch> group) override;
    Result<WindowCounts> window_counts(TimeRange range) override;
    Result<std::vector<PaneCount>> panes(TimeRange range) override;
    Result<ScanEnd> scan(const ScanRequest& request, const EventVisitor& visitor) override;
    Result<std::optional<AggregateRow>> row_at(Timestamp window_end) override;
    Result<std::optional<AggregateRow>> row_of_run(const std::string& run_id) override;
    Result<std::optional<AggregateRow>> latest_row() override;
    Result<std::vector<AggregateRow>> rows(TimeRange window_ends, std::size_t limit) override;
    Result<DeadLetterPage> dead_letters(TimeRange received, std::uint64_t after, std::size_t limit) override;
    Result<Ledger> ledger() override;
    [[nodiscard]] bool has_positions() const override { return false; }
    Result<std::vector<DirtyPane>> dirty_panes() override;
    Result<void> put_rows(std::span<const AggregateRow> rows, std::span<const DirtyPane> cleared) override;
    Result<void> drop_before(Timestamp /*oldest*/) override { return {}; }  // the time to live does it
    Result<std::uint64_t> size_bytes() override { return std::uint64_t{0}; }

  private:
    class Commit;  // of one group
    class Scan;    // of one call

    // Minutes, both ends inclusive; last < first: none.
    struct Minutes {
        std::int64_t first = 0;
        std::int64_t last = -1;
        [[nodiscard]] std::size_t count() const {
            return last < first ? 0 : static_cast<std::size_t>(last - first + 1);
        }
    };
    // Those in which something with a ts, or received, in the range may lie that is not expired.
    [[nodiscard]] Minutes minutes_of_events(TimeRange range) const;
    [[nodiscard]] Minutes minutes_of_receipt(TimeRange range, Timestamp created) const;
    // When the tables' first batch was received.
    Result<Timestamp> created();

    // The rest of a partition after its page, or all of it; `visit` answers false to stop.
    Result<void> each_page(aws::QueryRequest request,
                           const std::function<Result<bool>(std::vector<aws::Item>)>& visit);
    // Those of the minutes that may have items, ascending.
    Result<std::vector<std::int64_t>> with_items(Minutes minutes) {
        return indexed_minutes(db_, options_.events_table, minutes.first, minutes.last, clock_.now());
    }
    // Visits the delta items of all minutes, in no order, one at a time. Several minutes are read at once.
    Result<void> each_delta_item(Minutes minutes, const std::vector<std::string>& attributes,
                                 const std::function<Result<void>(const aws::Item&, std::int64_t)>& visit);
    Result<PaneDeltas> read_deltas(TimeRange range);

    Result<std::optional<AggregateRow>> newest_row(const std::string& partition);
    Result<AggregateRow> whole_row(const aws::Item& item);
    Result<void> put_row(const AggregateRow& row);
    Result<void> clear_minute(std::int64_t minute, std::uint64_t version);

    aws::DynamoDb& db_;
    const DynamoOptions options_;
    const Clock& clock_;
    std::atomic<Timestamp> created_;  // as far as this store knows
    MinuteIndex minute_index_;
    Crew crew_{options_.connections};
};

// No exception crosses the module's edge.
template <typename Work>
auto guarded(const Work& work) -> decltype(work()) {
    try {
        return work();
    } catch (const std::bad_alloc&) {
        return fail(ErrorCode::overloaded, "out-of-memory", "there is not enough memory for this",
                    "give the function or the machine more of it, or ask for less at once");
    } catch (const std::exception& error) {
        return fail(ErrorCode::internal, "unexpected", error.what());
    }
}

}  // namespace weir::dynamo

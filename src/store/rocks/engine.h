#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "store/rocks/block.h"
#include "store/rocks/database.h"
#include "store/rocks/id_index.h"
#include "store/rocks/producer_index.h"
#include "store/rocks/records.h"
#include "store/rocks_store.h"
#include "window/pane_table.h"

namespace weir::rocks {

// The embedded Store (see rocks_store.h). Its parts: Database (what is written), GroupCommit (what a commit
// writes), ProducerIndex and IdIndex (what is a duplicate), PaneTable (the newest counts), and this, which
// holds them together.
//
// Locks, taken in this order: drop_mutex_ for drop_before, commit_mutex_ for whoever writes, state_mutex_ for
// a moment, to read or replace what readers see. After a durable write and before it is answered, position,
// counts, dirty panes and snapshot are replaced together, so that a reader always sees whole commits.
class RocksStore final : public Store {
  public:
    static Result<std::unique_ptr<Store>> open(const RocksOptions& options, const Clock& clock);
    ~RocksStore() override;
    RocksStore(const RocksStore&) = delete;
    RocksStore& operator=(const RocksStore&) = delete;

    // committing.cpp
    void prepare(Batch& batch) const override;
    Result<std::vector<Result<Verdict>>> commit(std::span<Batch> group) override;
    Result<std::vector<DirtyPane>> dirty_panes() override;
    Result<void> put_rows(std::span<const AggregateRow> rows, std::span<const DirtyPane> cleared) override;

    // reading.cpp
    Result<WindowCounts> window_counts(TimeRange range) override;
    Result<TopCounts> top_counts(TimeRange range, const TopRequest& request) override;
    Result<std::vector<PaneCount>> panes(TimeRange range) override;
    Result<ScanEnd> scan(const ScanRequest& request, const EventVisitor& visitor) override;
    Result<std::optional<AggregateRow>> row_at(Timestamp window_end) override;
    Result<std::optional<AggregateRow>> row_of_run(const std::string& run_id) override;
    Result<std::optional<AggregateRow>> latest_row() override;
    Result<std::vector<AggregateRow>> rows(TimeRange window_ends, std::size_t limit) override;
    Result<DeadLetterPage> dead_letters(TimeRange received, std::uint64_t after, std::size_t limit) override;
    Result<Ledger> ledger() override;
    Result<std::uint64_t> size_bytes() override;
    [[nodiscard]] std::uint64_t remembered_ids() const override { return remembered_ids_; }

    // retention.cpp
    Result<void> drop_before(Timestamp oldest) override;

  private:
    RocksStore(const RocksOptions& options, const Clock& clock, std::unique_ptr<Database> database);

    // opening.cpp
    Result<void> load();
    Result<void> check_identity();
    Result<void> create_identity();
    Result<void> load_dirty_panes();
    Result<void> load_hot_panes();

    // remembering.cpp
    Result<void> load_ids();
    Result<void> read_ids(Batch& batch) const;  // where its maker has not, and they are needed

    // committing.cpp: with commit_mutex_ held.
    Result<void> write(rocksdb::WriteBatch& batch);  // remembers a failure for good
    void publish(const StoredState& state, const GroupCounts& counts);
    [[nodiscard]] Timestamp hot_start() const;
    [[nodiscard]] Timestamp running_end() const;

    // reading.cpp
    Result<std::optional<ScanCursor>> scan_block(std::uint64_t position, std::uint64_t line,
                                                 const ScanRequest& request, class ScanBuffers& buffers,
                                                 const EventVisitor& visitor);

    // retention.cpp: with drop_mutex_ held.
    [[nodiscard]] std::uint64_t oldest_position();
    Result<void> drop_time_keyed(Timestamp oldest);
    Result<void> drop_runs(Timestamp oldest);
    Result<void> drop_dead_letters(Timestamp oldest);
    Result<bool> drop_some_blocks(Timestamp oldest);  // whether there may be more
    Result<bool> drop_some_producers(Timestamp oldest, std::string& from);

    const RocksOptions options_;
    const Clock& clock_;
    const std::unique_ptr<Database> database_;

    std::mutex drop_mutex_;                       // one drop_before at a time; guards the one below
    std::optional<Timestamp> producers_dropped_;  // up to when, since this store was opened

    std::mutex commit_mutex_;  // whoever writes; guards the three below
    std::optional<Error> failure_;
    ProducerIndex producers_;
    std::unique_ptr<IdIndex> ids_;  // null: event_ids without a producer are not remembered
    std::atomic<std::uint64_t> remembered_ids_ = 0;

    // Guards all below. What is written to them is written with commit_mutex_ held too, but for the running
    // window of hot_, which slides when it is asked for as well.
    std::mutex state_mutex_;
    StoredState state_;
    bool ledger_unsaved_ = false;  // replays that no write holds yet
    PaneTable hot_;
    std::map<Timestamp, std::uint64_t> dirty_;
    Database::Snapshot snapshot_;  // what the database held at state_.position
};

}  // namespace weir::rocks

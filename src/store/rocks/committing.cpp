#include "store/rocks/engine.h"
#include "store/rocks/group_commit.h"

namespace weir::rocks {
namespace {

rocksdb::Slice slice(std::string_view text) {
    return {text.data(), text.size()};
}

}  // namespace

void RocksStore::prepare(Batch& batch) const {
    prepare_batch(batch, options_.zstd_level);
    if (ids_) static_cast<void>(read_ids(batch));  // what fails here fails again, and is told, at the commit
}

Result<std::vector<Result<Verdict>>> RocksStore::commit(std::span<Batch> group) {
    const std::scoped_lock lock(commit_mutex_);
    if (failure_) return fail(*failure_);
    GroupCommit plan(*database_, producers_, ids_.get(), options_.identity.window, options_.zstd_level,
                     state_);
    for (Batch& batch : group) {
        prepare_batch(batch, options_.zstd_level);
        auto added = ids_ ? read_ids(batch) : Result<void>{};
        if (added) added = plan.add(batch);
        if (!added) {
            failure_ = added.error();  // the indices may be ahead of what is written
            return fail(*failure_);
        }
    }
    plan.finish();
    if (plan.stores_anything()) {
        if (auto written = write(plan.writes()); !written) return fail(written.error());
        publish(plan.state(), plan.counts());
        producers_.trim();
    } else {
        const std::scoped_lock state_lock(state_mutex_);
        ledger_unsaved_ = ledger_unsaved_ || !(state_.ledger == plan.state().ledger);
        state_.ledger = plan.state().ledger;
    }
    if (ids_) remembered_ids_ = ids_->size();
    return plan.take_answers();
}

Result<void> RocksStore::write(rocksdb::WriteBatch& batch) {
    if (failure_) return fail(*failure_);
    auto written = database_->write(batch);
    if (!written) failure_ = written.error();
    return written;
}

void RocksStore::publish(const StoredState& state, const GroupCounts& counts) {
    Database::Snapshot snapshot = database_->snapshot();
    {
        const std::scoped_lock lock(state_mutex_);
        state_ = state;
        ledger_unsaved_ = false;
        std::swap(snapshot_, snapshot);
        hot_.slide_to(running_end());
        hot_.add(counts);
        for (const GroupCounts::Pane& pane : counts.panes())
            dirty_[pane.start] = state.position;
        hot_.evict_before(hot_start());
    }
    // The snapshot before is released here, outside of the lock.
}

Timestamp RocksStore::hot_start() const {
    return align_down(clock_.now() - options_.hot_range, options_.identity.window.pane);
}

// The window whose last pane is the present one: that of the live page.
Timestamp RocksStore::running_end() const {
    const Duration pane = options_.identity.window.pane;
    return align_down(clock_.now(), pane) + pane;
}

Result<std::vector<DirtyPane>> RocksStore::dirty_panes() {
    const std::scoped_lock lock(state_mutex_);
    std::vector<DirtyPane> found;
    found.reserve(dirty_.size());
    for (const auto& [pane, version] : dirty_)
        found.push_back({pane, version});
    return found;
}

Result<void> RocksStore::put_rows(std::span<const AggregateRow> rows, std::span<const DirtyPane> cleared) {
    const std::scoped_lock lock(commit_mutex_);
    rocksdb::WriteBatch batch;
    rocksdb::ColumnFamilyHandle* const aggregates = database_->family(Family::aggregates);
    for (const AggregateRow& row : rows) {
        const std::string value = encode(row);
        if (row.run_id.empty()) {
            batch.Put(aggregates, slice(scheduled_key(row.window_end, row.view)), slice(value));
            continue;
        }
        batch.Put(aggregates, slice(run_key(row.run_id, row.window_end)), slice(value));
        batch.Put(aggregates, slice(run_time_key(row.window_end, row.run_id)), {});
    }
    std::vector<Timestamp> clean;
    for (const DirtyPane& pane :
         cleared) {  // only who holds commit_mutex_ changes dirty_, so reading it needs no other lock
        const auto known = dirty_.find(pane.pane);
        if (known == dirty_.end() || known->second != pane.version) continue;
        batch.Delete(database_->family(Family::meta), slice(dirty_key(pane.pane)));
        clean.push_back(pane.pane);
    }
    if (batch.Count() == 0) return {};
    if (auto written = write(batch); !written) return written;
    const std::scoped_lock state_lock(state_mutex_);
    for (const Timestamp pane : clean)
        dirty_.erase(pane);
    return {};
}

}  // namespace weir::rocks

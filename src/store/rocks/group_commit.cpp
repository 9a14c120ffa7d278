#include "store/rocks/group_commit.h"

#include <algorithm>
#include <array>

#include "store/checks.h"
#include "store/rocks/encoding.h"

namespace weir::rocks {
namespace {

rocksdb::Slice slice(std::string_view text) {
    return {text.data(), text.size()};
}

}  // namespace

GroupCommit::GroupCommit(const Database& database, ProducerIndex& producers, IdIndex* ids,
                         const WindowSpec& window, int zstd_level, const StoredState& before)
    : database_(database),
      producers_(producers),
      ids_(ids),
      zstd_level_(zstd_level),
      first_position_(before.position + 1),
      state_(before),
      counts_(window) {}

Result<void> GroupCommit::add(const Batch& batch) {
    const auto repeated = answer_repeated(batch);
    if (!repeated) return fail(repeated.error());
    if (*repeated) return {};
    return store(batch);
}

Result<bool> GroupCommit::answer_repeated(const Batch& batch) {
    if (const auto known = markers_.find(batch.batch_id); known != markers_.end()) {
        answer_again(known->second, batch);
        return true;
    }
    rocksdb::PinnableSlice value;
    const auto found = database_.get(Family::batches, batch.batch_id, value);
    if (!found) return fail(found.error());
    if (!*found) return false;
    const auto marker = decode_marker(batch.batch_id, value.ToStringView());
    if (!marker) return fail(marker.error());
    answer_again(*marker, batch);
    return true;
}

void GroupCommit::answer_again(const BatchMarker& marker, const Batch& batch) {
    if (marker.content != batch.content) {
        answers_.emplace_back(batch_conflict(batch.batch_id));
        return;
    }
    Verdict verdict = marker.verdict;
    verdict.replayed = true;
    add_to_ledger(state_.ledger, verdict);
    answers_.emplace_back(std::move(verdict));
}

Result<void> GroupCommit::store(const Batch& batch) {
    std::vector<std::uint32_t> duplicates;
    if (ids_ != nullptr)
        // Before anything else: a batch that is refused must leave no trace.
        if (auto claimed = ids_->claim(batch, duplicates); !claimed) {
            answers_.emplace_back(fail(std::move(claimed).error()));
            return {};
        }
    const auto foreign = static_cast<std::ptrdiff_t>(duplicates.size());
    if (auto claimed = producers_.claim(batch, duplicates); !claimed) return claimed;
    if (foreign != 0) std::inplace_merge(duplicates.begin(), duplicates.begin() + foreign, duplicates.end());
    BatchMarker marker;
    marker.content = batch.content;
    marker.position = put_lines(batch, duplicates);
    Verdict& verdict = marker.verdict;
    verdict = verdict_on_lines(batch);
    verdict.duplicates = duplicates.size();
    verdict.stored = batch.events.size() - duplicates.size();
    verdict.late = counts_.add(batch, batch.received_at, duplicates);
    put_dead_letters(batch);
    put(Family::batches, batch.batch_id, encode(marker));
    add_to_ledger(state_.ledger, verdict);
    answers_.emplace_back(verdict);
    markers_.emplace(batch.batch_id, std::move(marker));
    return {};
}

// Returns the position of the block that the batch is in.
std::uint64_t GroupCommit::put_lines(const Batch& batch, std::span<const std::uint32_t> duplicates) {
    if (batch.prepared && duplicates.size() < batch.events.size()) {
        end_shared_block();  // so that positions follow the order of the batches
        BlockBuilder own;
        own.add(batch, duplicates);
        put_block(own, ++state_.position);
        return state_.position;
    }
    if (!shared_block_) {
        shared_block_.emplace();
        ++state_.position;
    }
    shared_block_->add(batch, duplicates);
    return state_.position;
}

void GroupCommit::end_shared_block() {
    if (shared_block_) put_block(*shared_block_, state_.position);
    shared_block_.reset();
}

void GroupCommit::put_block(BlockBuilder& block, std::uint64_t position) {
    block.finish(zstd_level_);
    const std::string key = position_key(position);
    const rocksdb::Slice key_part = slice(key);
    const std::array<rocksdb::Slice, 2> value_parts{slice(block.head()), slice(block.payload())};
    writes_.Put(database_.family(Family::events), rocksdb::SliceParts(&key_part, 1),
                rocksdb::SliceParts(value_parts.data(), static_cast<int>(value_parts.size())));
    for (const std::int64_t minute : block.minutes())
        put(Family::time_index, time_index_key(minute, position), {});
}

void GroupCommit::put_dead_letters(const Batch& batch) {
    for (const DeadLetter& letter : batch.rejected)
        put(Family::dead_letters, position_key(++state_.last_dead_letter), encode(letter));
}

void GroupCommit::finish() {
    if (!stores_anything()) return;
    end_shared_block();
    merge_counts();
    producers_.flush([&](std::string_view key, const std::optional<std::string>& value) {
        if (value)
            put(Family::producers, key, *value);
        else
            writes_.Delete(database_.family(Family::producers), slice(key));
    });
    put(Family::meta, state_key, encode(state_));
}

void GroupCommit::merge_counts() {
    std::string version;
    put_big64(version, state_.position);
    rocksdb::ColumnFamilyHandle* const panes = database_.family(Family::panes);
    for (const GroupCounts::Pane& pane : counts_.panes()) {
        std::string key = pane_count_key(pane.start, {});  // the part that all keys of the pane have
        const std::size_t prefix = key.size();
        pane.counts.for_each([&](std::uint32_t number, std::uint64_t count) {
            key.resize(prefix);
            key.append(counts_.keys()[number].name);
            writes_.Merge(panes, slice(key), slice(encode_count(count)));
        });
        if (pane.late != 0)
            writes_.Merge(panes, slice(pane_late_key(pane.start)), slice(encode_count(pane.late)));
        put(Family::meta, dirty_key(pane.start), version);
    }
}

void GroupCommit::put(Family family, std::string_view key, std::string_view value) {
    writes_.Put(database_.family(family), slice(key), slice(value));
}

}  // namespace weir::rocks

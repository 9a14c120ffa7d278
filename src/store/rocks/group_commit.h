#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <rocksdb/write_batch.h>

#include "store/rocks/block.h"
#include "store/rocks/database.h"
#include "store/rocks/id_index.h"
#include "store/rocks/producer_index.h"
#include "store/rocks/records.h"
#include "window/group_counts.h"

namespace weir::rocks {

// One group of batches on its way into the store: gathers what is to be written, as one atomic write, and the
// answers. It changes nothing but the two indices; when it is given up, those must be too.
class GroupCommit {
  public:
    // `ids`: null where event_ids without a producer are not remembered.
    GroupCommit(const Database& database, ProducerIndex& producers, IdIndex* ids, const WindowSpec& window,
                int zstd_level, const StoredState& before);

    // Decides about the next batch. Fails only when the store could not be read. The batch must live until
    // the write.
    Result<void> add(const Batch& batch);
    // Completes the write. Call once, after the last add.
    void finish();

    [[nodiscard]] bool stores_anything() const { return state_.position != first_position_ - 1; }
    [[nodiscard]] rocksdb::WriteBatch& writes() { return writes_; }
    [[nodiscard]] const StoredState& state() const { return state_; }
    [[nodiscard]] const GroupCounts& counts() const { return counts_; }
    [[nodiscard]] std::vector<Result<Verdict>> take_answers() { return std::move(answers_); }

  private:
    Result<void> store(const Batch& batch);
    // Whether the batch was committed before; then it is answered.
    Result<bool> answer_repeated(const Batch& batch);
    void answer_again(const BatchMarker& marker, const Batch& batch);
    std::uint64_t put_lines(const Batch& batch, std::span<const std::uint32_t> duplicates);
    void end_shared_block();
    void put_block(BlockBuilder& block, std::uint64_t position);
    void put_dead_letters(const Batch& batch);
    void merge_counts();
    void put(Family family, std::string_view key, std::string_view value);

    const Database& database_;
    ProducerIndex& producers_;
    IdIndex* const ids_;
    const int zstd_level_;
    const std::uint64_t first_position_;
    StoredState state_;
    rocksdb::WriteBatch writes_;
    std::optional<BlockBuilder>
        shared_block_;  // at the newest position, of batches too small for one of their own
    GroupCounts counts_;
    std::unordered_map<std::string, BatchMarker> markers_;  // of this group
    std::vector<Result<Verdict>> answers_;
};

}  // namespace weir::rocks

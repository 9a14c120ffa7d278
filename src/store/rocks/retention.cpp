#include <algorithm>

#include "store/rocks/encoding.h"
#include "store/rocks/engine.h"
#include "store/rocks/errors.h"
#include "store/rocks/producer_retention.h"

namespace weir::rocks {
namespace {

// How much is done with one write, so that commits never wait long.
constexpr std::size_t blocks_at_once = 256;
constexpr std::size_t records_at_once = 4096;
// Producers are looked through at most so often, and kept so much longer than their events: a batch may wait
// that long between the check of its events' age and its commit.
constexpr Duration producers_every{std::chrono::hours{1}};
constexpr Duration producers_slack{std::chrono::minutes{10}};
// By so much a dead letter may have been received before one with a smaller id.
constexpr Duration dead_letter_disorder{std::chrono::minutes{10}};

rocksdb::Slice slice(std::string_view text) {
    return {text.data(), text.size()};
}

}  // namespace

Result<void> RocksStore::drop_before(Timestamp oldest) {
    const std::scoped_lock drop_lock(drop_mutex_);
    if (auto dropped = drop_time_keyed(oldest); !dropped) return dropped;
    if (auto dropped = drop_runs(oldest); !dropped) return dropped;
    if (auto dropped = drop_dead_letters(oldest); !dropped) return dropped;
    for (bool more = true; more;) {
        const auto dropped = drop_some_blocks(oldest);
        if (!dropped) return fail(dropped.error());
        more = *dropped;
    }
    database_->free_files(Family::events, position_key(0), position_key(oldest_position()));
    if (producers_dropped_ && oldest < *producers_dropped_ + producers_every) return {};
    for (std::string from; true;) {
        const auto dropped = drop_some_producers(oldest - producers_slack, from);
        if (!dropped) return fail(dropped.error());
        if (!*dropped) break;
    }
    producers_dropped_ = oldest;
    return {};
}

std::uint64_t RocksStore::oldest_position() {
    const std::scoped_lock lock(state_mutex_);
    return state_.oldest_position;
}

// Panes, their dirty marks, the time index and scheduled rows: one range each.
Result<void> RocksStore::drop_time_keyed(Timestamp oldest) {
    const Timestamp first_pane = align_down(oldest, options_.identity.window.pane);
    const std::scoped_lock lock(commit_mutex_);
    rocksdb::WriteBatch batch;
    const auto drop = [&](Family family, const std::string& from, const std::string& to) -> Result<void> {
        Database::Range found(*database_, family, from, to);
        if (found.valid()) batch.DeleteRange(database_->family(family), slice(from), slice(to));
        return found.finish();
    };
    const std::string time_zero = pane_prefix(Timestamp::min());
    for (auto dropped : {drop(Family::panes, time_zero, pane_prefix(first_pane)),
                         drop(Family::time_index, time_zero, time_index_key(minute_of(oldest), 0)),
                         drop(Family::aggregates, std::string(1, scheduled_tag), scheduled_prefix(oldest)),
                         drop(Family::meta, std::string(1, dirty_tag), dirty_key(first_pane))})
        if (!dropped) return dropped;
    if (batch.Count() == 0) return {};
    if (auto written = write(batch); !written) return written;
    const std::scoped_lock state_lock(state_mutex_);
    snapshot_ = database_->snapshot();
    dirty_.erase(dirty_.begin(), dirty_.lower_bound(first_pane));
    hot_.evict_before(first_pane);
    return {};
}

Result<void> RocksStore::drop_runs(Timestamp oldest) {
    const std::string from(1, run_time_tag), to = run_time_prefix(oldest);
    const std::scoped_lock lock(commit_mutex_);
    rocksdb::WriteBatch batch;
    Database::Range found(*database_, Family::aggregates, from, to);
    for (; found.valid(); found.next()) {
        Decoder key(found.key().substr(1));
        const Timestamp window_end = key.time();
        batch.Delete(database_->family(Family::aggregates), slice(run_key(key.rest(), window_end)));
        batch.Delete(database_->family(Family::aggregates), slice(found.key()));
    }
    if (auto finished = found.finish(); !finished) return finished;
    return batch.Count() == 0 ? Result<void>{} : write(batch);
}

// Ids rise as letters arrive, so the old ones are at the front, give or take what waited together in the
// queue.
Result<void> RocksStore::drop_dead_letters(Timestamp oldest) {
    rocksdb::WriteBatch batch;
    Database::Range found(*database_, Family::dead_letters, position_key(0), position_key(~std::uint64_t{0}));
    const auto flush = [&]() -> Result<void> {
        if (batch.Count() == 0) return {};
        const std::scoped_lock lock(commit_mutex_);
        if (auto written = write(batch); !written) return written;
        batch.Clear();
        const std::scoped_lock state_lock(state_mutex_);
        snapshot_ = database_->snapshot();
        return {};
    };
    for (; found.valid(); found.next()) {
        const auto letter = decode_dead_letter(Decoder(found.key()).big64(), found.value());
        if (!letter) return fail(letter.error());
        if (letter->received_at >= oldest + dead_letter_disorder) break;
        if (letter->received_at >= oldest) continue;
        batch.Delete(database_->family(Family::dead_letters), slice(found.key()));
        if (batch.Count() < records_at_once) continue;
        if (auto flushed = flush(); !flushed) return flushed;
    }
    if (auto finished = found.finish(); !finished) return finished;
    return flush();
}

// Blocks, from the oldest on, and the markers of their batches.
Result<bool> RocksStore::drop_some_blocks(Timestamp oldest) {
    rocksdb::WriteBatch batch;
    const std::uint64_t first = oldest_position();
    std::uint64_t next = first;
    Database::Range found(*database_, Family::events, position_key(first), position_key(~std::uint64_t{0}));
    for (; found.valid() && next - first < blocks_at_once; found.next()) {
        const std::uint64_t position = Decoder(found.key()).big64();
        const auto block = read_block(found.value(), position);
        if (!block) return fail(block.error());
        if (std::max(block->received_at, block->newest) >= oldest) break;
        for (const Segment& segment : block->segments)
            batch.Delete(database_->family(Family::batches), slice(segment.batch_id));
        next = position + 1;
    }
    if (auto finished = found.finish(); !finished) return fail(finished.error());
    if (next == first) return false;
    batch.DeleteRange(database_->family(Family::events), slice(position_key(first)),
                      slice(position_key(next)));

    const std::scoped_lock lock(commit_mutex_);
    StoredState state = state_;
    state.oldest_position = next;
    batch.Put(database_->family(Family::meta), slice(state_key), slice(encode(state)));
    if (auto written = write(batch); !written) return fail(written.error());
    const std::scoped_lock state_lock(state_mutex_);
    state_ = state;
    ledger_unsaved_ = false;
    return next - first >= blocks_at_once;
}

// The next records of the family from the key `from` on, which then is where to go on. Returns whether there
// is more.
Result<bool> RocksStore::drop_some_producers(Timestamp oldest, std::string& from) {
    const std::scoped_lock lock(commit_mutex_);  // so that the index and the database agree
    rocksdb::WriteBatch batch;
    ProducerRetention retention(
        oldest, [this](std::string_view key) { return database_->get(Family::producers, key); },
        [&](std::string_view key, const std::optional<std::string>& value) {
            rocksdb::ColumnFamilyHandle* const family = database_->family(Family::producers);
            value ? batch.Put(family, slice(key), slice(*value)) : batch.Delete(family, slice(key));
            if (const auto parts = decode_producer_key(key)) producers_.forget(parts->prefix);
        });
    Database::Range found(*database_, Family::producers, from, std::string(max_event_id_bytes, '\xFF'));
    std::size_t records = 0;
    for (; found.valid() && records < records_at_once; found.next(), ++records)
        if (auto visited = retention.visit(found.key(), found.value()); !visited)
            return fail(visited.error());
    if (auto finished = found.finish(); !finished) return fail(finished.error());
    const bool more = found.valid();
    if (more) from = found.key();
    retention.finish();
    if (batch.Count() != 0)
        if (auto written = write(batch); !written) return fail(written.error());
    return more;
}

}  // namespace weir::rocks

#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <utility>

#include "store/dynamo/batch_items.h"
#include "store/dynamo/engine.h"
#include "store/dynamo/marker.h"

namespace weir::dynamo {
namespace {

using Batches = std::vector<std::size_t>;

// Items to be written, and for each the batches that must fail if it cannot be.
struct Writes {
    std::vector<aws::EncodedItem> items;
    std::vector<const Batches*> batches;

    void add(aws::EncodedItem item, const Batches& of) {
        items.push_back(item);
        batches.push_back(&of);
    }
    Result<void> add(const aws::Item& item, const Batches& of) {
        aws::EncodedItems& own = own_.emplace_back();
        if (auto added = own.add(item); !added) return added;
        add(own[0], of);
        return {};
    }

  private:
    std::deque<aws::EncodedItems> own_;
};

// Failures that may be due to single items; the other ones would meet all of them.
bool may_be_one_item(ErrorCode code) {
    return code == ErrorCode::refused || code == ErrorCode::invalid || code == ErrorCode::too_large ||
           code == ErrorCode::overloaded || code == ErrorCode::unavailable;
}

}  // namespace

// Commits one group. A stage begins when the one before is over for all batches: markers, then raw events and
// dead letters, then counts, then dirty marks. A batch that fails in one takes part in no later one.
class DynamoStore::Commit {
  public:
    Commit(DynamoStore& store, std::span<Batch> group)
        : store_(store), options_(store.options_), group_(group), states_(group.size()) {}

    std::vector<Result<Verdict>> run() {
        // A batch that stands in the group twice comes a second time after the first.
        std::map<std::string_view, std::size_t> seen;
        std::vector<std::vector<std::size_t>> rounds;
        for (std::size_t i = 0; i < group_.size(); ++i) {
            const std::size_t round = seen[group_[i].batch_id]++;
            if (round == rounds.size()) rounds.emplace_back();
            rounds[round].push_back(i);
        }
        for (const auto& round : rounds)
            run_round(round);
        std::vector<Result<Verdict>> answers;
        for (State& state : states_) {
            if (state.error)
                answers.emplace_back(fail(*std::move(state.error)));
            else
                answers.emplace_back(std::move(state.verdict));
        }
        return answers;
    }

  private:
    struct State {
        std::optional<Error> error;
        Verdict verdict;
        BatchItems items;
    };

    void run_round(const std::vector<std::size_t>& round) {
        store_.crew_.for_each(round.size(), [&](std::size_t i) { begin(round[i]); });
        index_minutes(round);
        write(round, &BatchItems::raw);
        write(round, &BatchItems::deltas);
        mark_dirty(round);
    }

    void begin(std::size_t index);
    void index_minutes(const std::vector<std::size_t>& round);
    void write(const std::vector<std::size_t>& round, aws::EncodedItems BatchItems::*items);
    void mark_dirty(const std::vector<std::size_t>& round);
    void add(const aws::Item& item, const Batches& batches, Writes& writes);
    void write_all(const Writes& writes);
    void write_one_by_one(const Writes& writes, std::size_t begin, std::size_t end, const Error& error);
    void set_failed(const Batches& batches, const Error& error);

    DynamoStore& store_;
    const DynamoOptions& options_;
    std::span<Batch> group_;
    std::vector<State> states_;  // a batch's own until all threads are joined; then of the committing thread
};

void DynamoStore::Commit::begin(std::size_t index) {
    const Batch& batch = group_[index];
    State& state = states_[index];
    Marked marked{batch.received_at, false};
    if (batch.received_at < store_.created_.load()) {
        if (auto moved = move_created_back(store_.db_, options_, batch.received_at); !moved) {
            state.error = std::move(moved).error();
            return;
        }
        Timestamp known = store_.created_.load();
        while (batch.received_at < known &&
               !store_.created_.compare_exchange_weak(known, batch.received_at)) {
        }
    }
    if (!batch.id_is_unique) {
        auto written =
            mark_batch(store_.db_, options_.events_table, batch, options_.retention, store_.clock_.now());
        if (!written) {
            state.error = std::move(written).error();
            return;
        }
        marked = *written;
    }
    auto items = batch_items(batch, marked.received_at, options_);
    if (!items) {
        state.error = std::move(items).error();
        return;
    }
    state.items = *std::move(items);
    state.verdict = state.items.verdict;
    state.verdict.replayed = marked.replayed;
}

// Before anything lies in a minute, readers of long ranges can find it.
void DynamoStore::Commit::index_minutes(const std::vector<std::size_t>& round) {
    std::map<std::int64_t, Batches> minutes;
    for (const std::size_t index : round)
        if (!states_[index].error)
            for (const std::int64_t minute : states_[index].items.minutes)
                minutes[minute].push_back(index);
    Writes writes;
    for (const auto& [minute, batches] : minutes) {
        for (const aws::Item& item : store_.minute_index_.missing(std::span(&minute, 1), options_.retention))
            add(item, batches, writes);
    }
    if (writes.items.empty()) return;
    write_all(writes);
    for (const auto& [minute, batches] : minutes)
        if (std::any_of(batches.begin(), batches.end(),
                        [&](std::size_t index) { return !states_[index].error; }))
            store_.minute_index_.add(std::span(&minute, 1));
}

void DynamoStore::Commit::write(const std::vector<std::size_t>& round, aws::EncodedItems BatchItems::*items) {
    Writes writes;
    std::vector<Batches> single(round.size());
    for (std::size_t i = 0; i < round.size(); ++i) {
        State& state = states_[round[i]];
        single[i] = {round[i]};
        if (state.error) continue;
        for (const aws::EncodedItem item : (state.items.*items).all())
            writes.add(item, single[i]);
    }
    write_all(writes);
    for (const std::size_t index : round)
        states_[index].items.*items = {};
}

// A change that is visible before the row can be final is counted in it; only a later one needs a mark. So
// the clock is read after the counts are written.
void DynamoStore::Commit::mark_dirty(const std::vector<std::size_t>& round) {
    const Timestamp now = store_.clock_.now();
    std::map<std::int64_t, Batches> minutes;
    for (const std::size_t index : round) {
        if (states_[index].error) continue;
        for (const ChangedMinute& changed : states_[index].items.changed)
            if (now >= changed.may_be_final) minutes[changed.minute].push_back(index);
    }
    Writes writes;
    for (const auto& [minute, batches] : minutes)
        add(dirty_mark(minute, options_.retention), batches, writes);
    write_all(writes);
}

void DynamoStore::Commit::add(const aws::Item& item, const Batches& batches, Writes& writes) {
    if (const auto added = writes.add(item, batches); !added) set_failed(batches, added.error());
}

void DynamoStore::Commit::write_all(const Writes& writes) {
    constexpr std::size_t chunk = aws::max_batch_write_items;
    const std::size_t count = writes.items.size();
    const std::size_t chunks = (count + chunk - 1) / chunk;
    std::vector<std::optional<Error>> failed(chunks);
    store_.crew_.for_each(chunks, [&](std::size_t i) {
        const auto items = std::span(writes.items).subspan(i * chunk, std::min(chunk, count - i * chunk));
        if (auto put = store_.db_.put_all(options_.events_table, items); !put)
            failed[i] = std::move(put).error();
    });
    for (std::size_t i = 0; i < chunks; ++i)
        if (failed[i]) write_one_by_one(writes, i * chunk, std::min((i + 1) * chunk, count), *failed[i]);
}

// One batch's item must not fail another batch: after a failure each batch of the chunk tries alone.
void DynamoStore::Commit::write_one_by_one(const Writes& writes, std::size_t begin, std::size_t end,
                                           const Error& error) {
    const auto batches_of = [&](std::size_t i) -> const Batches& { return *writes.batches[i]; };
    const auto end_of_same = [&](std::size_t from) {
        std::size_t same = from + 1;
        while (same < end && batches_of(same) == batches_of(from))
            ++same;
        return same;
    };
    if (end_of_same(begin) == end || !may_be_one_item(error.code)) {
        for (std::size_t i = begin; i < end; ++i)
            set_failed(batches_of(i), error);
        return;
    }
    while (begin < end) {
        const std::size_t next = end_of_same(begin);
        const auto items = std::span(writes.items).subspan(begin, next - begin);
        if (const auto put = store_.db_.put_all(options_.events_table, items); !put)
            set_failed(batches_of(begin), put.error());
        begin = next;
    }
}

void DynamoStore::Commit::set_failed(const Batches& batches, const Error& error) {
    for (const std::size_t index : batches)
        if (!states_[index].error) states_[index].error = error;
}

Result<std::vector<Result<Verdict>>> DynamoStore::commit(std::span<Batch> group) {
    return guarded([&]() -> Result<std::vector<Result<Verdict>>> { return Commit(*this, group).run(); });
}

}  // namespace weir::dynamo

#include "store/rocks/producer_index.h"

#include <algorithm>

#include "store/rocks/errors.h"

namespace weir::rocks {
namespace {

// About what a cached producer and a cached chunk take in memory, with their places in the tables.
constexpr std::size_t producer_cost = 320;
constexpr std::size_t chunk_cost = 640;

void append_indices(std::vector<std::uint32_t>& out, std::uint32_t from, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i)
        out.push_back(from + static_cast<std::uint32_t>(i));
}

}  // namespace

ProducerIndex::ProducerIndex(Reader reader, std::size_t max_bytes)
    : reader_(std::move(reader)), max_bytes_(max_bytes) {}

Result<void> ProducerIndex::claim(const Batch& batch, std::vector<std::uint32_t>& duplicates) {
    std::vector<Producer*> known(batch.producers.size(), nullptr);
    const std::vector<EventRecord>& events = batch.events;
    for (std::size_t i = 0; i < events.size();) {
        const EventRecord& first = events[i];
        std::size_t next = i + 1;
        if (first.producer == no_producer) {
            i = next;
            continue;
        }
        Timestamp newest = first.ts;
        for (; next < events.size() && events[next].producer == first.producer &&
               events[next].sequence == first.sequence + (next - i);
             ++next)
            newest = std::max(newest, events[next].ts);
        Producer*& producer = known[first.producer];
        if (producer == nullptr) {
            const auto found = producer_of(batch.producers[first.producer]);
            if (!found) return fail(found.error());
            producer = *found;
        }
        const Run run{first.sequence, first.sequence + (next - i), static_cast<std::uint32_t>(i), newest};
        if (auto claimed = claim_run(*producer, run, duplicates); !claimed) return claimed;
        i = next;
    }
    return {};
}

// Splits a run at the edges of the interval of stored sequences: what lies inside was stored before.
Result<void> ProducerIndex::claim_run(Producer& producer, const Run& run,
                                      std::vector<std::uint32_t>& duplicates) {
    const ProducerHead head = producer.head;
    if (head.empty()) {
        producer.head = {run.newest, run.first, run.end, 0};
        touch(producer);
        return {};
    }
    const auto part = [&](std::uint64_t from, std::uint64_t to) {
        return Run{from, to, run.index + static_cast<std::uint32_t>(from - run.first), run.newest};
    };
    if (head.first == head.end) return claim_outside(producer, run, duplicates);
    if (run.first < head.first) {
        auto claimed = claim_outside(producer, part(run.first, std::min(run.end, head.first)), duplicates);
        if (!claimed) return claimed;
    }
    if (const Run inside = part(std::max(run.first, head.first), std::min(run.end, head.end));
        inside.first < inside.end)
        append_indices(duplicates, inside.index, inside.end - inside.first);
    if (run.end > head.end)
        return claim_outside(producer, part(std::max(run.first, head.end), run.end), duplicates);
    return {};
}

// Claims a run that lies outside of the interval.
Result<void> ProducerIndex::claim_outside(Producer& producer, const Run& run,
                                          std::vector<std::uint32_t>& duplicates) {
    ProducerHead& head = producer.head;
    const bool follows = run.first == head.end && head.first != head.end;
    const bool leads = run.end == head.first && head.first != head.end;
    if (head.chunks == 0 && (follows || leads)) {
        (follows ? head.end : head.first) = follows ? run.end : run.first;
        head.newest = std::max(head.newest, run.newest);
        touch(producer);
        return {};
    }
    if (auto claimed = claim_in_chunks(producer, run, duplicates); !claimed) return claimed;
    if (head.first == head.end) {  // an interval that was forgotten begins anew here
        head.first = head.end = run.first;
        head.newest = run.newest;
        touch(producer);
    }
    if (auto absorbed = absorb_upwards(producer); !absorbed) return absorbed;
    return absorb_downwards(producer);
}

Result<void> ProducerIndex::claim_in_chunks(Producer& producer, const Run& run,
                                            std::vector<std::uint32_t>& duplicates) {
    for (std::uint64_t at = run.first; at < run.end;) {
        const std::uint64_t number = at / chunk_sequences;
        const std::uint64_t end = std::min(run.end, (number + 1) * chunk_sequences);
        const auto found = chunk_of(producer, number);
        if (!found) return fail(found.error());
        CachedChunk& cached = **found;
        bool any_new = false;
        for (std::uint64_t sequence = at; sequence < end; ++sequence) {
            if (cached.chunk.test(sequence % chunk_sequences))
                duplicates.push_back(run.index + static_cast<std::uint32_t>(sequence - run.first));
            else
                any_new = true;
        }
        if (any_new) {
            cached.chunk.set(at % chunk_sequences, (end - 1) % chunk_sequences + 1);
            cached.chunk.newest = std::max(cached.chunk.newest, run.newest);
            settle(producer, number, cached);
        }
        at = end;
    }
    return {};
}

Result<void> ProducerIndex::absorb_upwards(Producer& producer) {
    ProducerHead& head = producer.head;
    while (head.chunks > 0) {
        const std::uint64_t number = head.end / chunk_sequences;
        const auto found = chunk_of(producer, number);
        if (!found) return fail(found.error());
        SequenceChunk& chunk = (*found)->chunk;
        const std::uint64_t bit = head.end % chunk_sequences;
        const std::uint64_t ones = chunk.ones_from(bit);
        if (ones == 0) break;
        head.newest = std::max(head.newest, chunk.newest);
        head.end += ones;
        chunk.clear(bit, bit + ones);
        settle(producer, number, **found);
        if (bit + ones < chunk_sequences) break;
    }
    return {};
}

Result<void> ProducerIndex::absorb_downwards(Producer& producer) {
    ProducerHead& head = producer.head;
    while (head.chunks > 0 && head.first > 0) {
        const std::uint64_t number = (head.first - 1) / chunk_sequences;
        const auto found = chunk_of(producer, number);
        if (!found) return fail(found.error());
        SequenceChunk& chunk = (*found)->chunk;
        const std::uint64_t bit = (head.first - 1) % chunk_sequences + 1;
        const std::uint64_t ones = chunk.ones_before(bit);
        if (ones == 0) break;
        head.newest = std::max(head.newest, chunk.newest);
        head.first -= ones;
        chunk.clear(bit - ones, bit);
        settle(producer, number, **found);
        if (bit > ones) break;
    }
    return {};
}

// After a chunk's bits changed: counts it among the stored ones, or no longer.
void ProducerIndex::settle(Producer& producer, std::uint64_t number, CachedChunk& cached) {
    const bool stored = !cached.chunk.none();
    if (stored != cached.stored) producer.head.chunks += stored ? std::uint64_t{1} : ~std::uint64_t{0};
    if (!stored) cached.chunk.newest = Timestamp::min();
    cached.stored = stored;
    if (!cached.changed) producer.changed_chunks.push_back(number);
    cached.changed = true;
    touch(producer);
}

void ProducerIndex::touch(Producer& producer) {
    if (producer.changed) return;
    producer.changed = true;
    changed_.push_back(&producer);
}

Result<ProducerIndex::Producer*> ProducerIndex::producer_of(const ProducerId& id) {
    std::string prefix = producer_prefix(id);
    if (const auto known = by_prefix_.find(prefix); known != by_prefix_.end()) {
        producers_.splice(producers_.begin(), producers_, known->second);
        return &producers_.front();
    }
    const auto value = reader_(head_key(prefix));
    if (!value) return fail(value.error());
    Producer producer;
    if (value->has_value()) {
        const auto head = decode_head(**value);
        if (!head) return corrupt_record("producer", id.run);
        producer.head = *head;
        producer.on_disk = true;
    }
    producer.prefix = std::move(prefix);
    producers_.push_front(std::move(producer));
    by_prefix_.emplace(producers_.front().prefix, producers_.begin());
    bytes_ += producer_cost;
    return &producers_.front();
}

Result<ProducerIndex::CachedChunk*> ProducerIndex::chunk_of(Producer& producer, std::uint64_t number) {
    if (const auto known = producer.chunks.find(number); known != producer.chunks.end())
        return &known->second;
    CachedChunk cached;
    if (producer.on_disk) {
        const auto value = reader_(chunk_key(producer.prefix, number));
        if (!value) return fail(value.error());
        if (value->has_value()) {
            const auto chunk = decode_chunk(**value);
            if (!chunk) return corrupt_record("chunk of sequences", number);
            cached = {*chunk, true, true, false};
        }
    }
    bytes_ += chunk_cost;
    return &producer.chunks.emplace(number, cached).first->second;
}

void ProducerIndex::flush(const Writer& write) {
    for (Producer* producer : changed_) {
        for (const std::uint64_t number : producer->changed_chunks) {
            CachedChunk& cached = producer->chunks.at(number);
            cached.changed = false;
            if (cached.stored)
                write(chunk_key(producer->prefix, number), encode(cached.chunk));
            else if (cached.on_disk)
                write(chunk_key(producer->prefix, number), std::nullopt);
            cached.on_disk = cached.stored;
        }
        producer->changed_chunks.clear();
        write(head_key(producer->prefix), encode(producer->head));
        producer->on_disk = true;
        producer->changed = false;
    }
    changed_.clear();
}

void ProducerIndex::trim() {
    while (bytes_ > max_bytes_ && !producers_.empty())
        drop(std::prev(producers_.end()));
}

void ProducerIndex::forget(std::string_view prefix) {
    if (const auto known = by_prefix_.find(prefix); known != by_prefix_.end()) drop(known->second);
}

void ProducerIndex::drop(Producers::iterator producer) {
    bytes_ -= producer_cost + chunk_cost * producer->chunks.size();
    by_prefix_.erase(producer->prefix);
    producers_.erase(producer);
}

}  // namespace weir::rocks

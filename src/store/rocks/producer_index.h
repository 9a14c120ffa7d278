#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "event/batch.h"
#include "store/rocks/producer_record.h"

namespace weir::rocks {

// Which (run, width, sequence) are stored: exact, over any number of producers, in bounded memory, with the
// records of producer_record.h behind it. Works on runs of sequences, so that a batch of one producer costs a
// handful of steps and not one an event. Not thread-safe. What claim() changed is in memory only until
// flush() has handed it over and that is durable.
class ProducerIndex {
  public:
    // Reads a record; nothing, when there is none.
    using Reader = std::function<Result<std::optional<std::string>>(std::string_view key)>;
    // Takes a record that changed; nothing instead of a value: it is to be deleted.
    using Writer = std::function<void(std::string_view key, const std::optional<std::string>& value)>;

    static constexpr std::size_t default_max_bytes = 12U << 20U;

    explicit ProducerIndex(Reader reader, std::size_t max_bytes = default_max_bytes);

    // Marks the events of a batch as stored, in their order. The indices of those that were before are
    // appended to `duplicates`, ascending. Events without a producer are no duplicates.
    Result<void> claim(const Batch& batch, std::vector<std::uint32_t>& duplicates);

    // Hands over all records that changed since the last call.
    void flush(const Writer& write);
    // Once all is flushed: forgets the producers used longest ago until memory is within bounds.
    void trim();
    // The producer's records changed behind the index: read them again. Nothing of it may wait to be flushed.
    void forget(std::string_view prefix);

  private:
    struct CachedChunk {
        SequenceChunk chunk;
        bool stored = false;  // there is a record, or will be with the next flush
        bool on_disk = false;
        bool changed = false;
    };
    struct Producer {
        std::string prefix;
        ProducerHead head;
        bool on_disk = false;
        bool changed = false;
        std::unordered_map<std::uint64_t, CachedChunk> chunks;  // those read so far, also empty ones
        std::vector<std::uint64_t> changed_chunks;
    };
    using Producers = std::list<Producer>;
    // Sequences [first, end) at the indices from `index` on.
    struct Run {
        std::uint64_t first = 0, end = 0;
        std::uint32_t index = 0;
        Timestamp newest;
    };

    Result<Producer*> producer_of(const ProducerId& id);
    Result<void> claim_run(Producer& producer, const Run& run, std::vector<std::uint32_t>& duplicates);
    Result<void> claim_outside(Producer& producer, const Run& run, std::vector<std::uint32_t>& duplicates);
    Result<void> claim_in_chunks(Producer& producer, const Run& run, std::vector<std::uint32_t>& duplicates);
    Result<void> absorb_upwards(Producer& producer);
    Result<void> absorb_downwards(Producer& producer);
    Result<CachedChunk*> chunk_of(Producer& producer, std::uint64_t number);
    void settle(Producer& producer, std::uint64_t number, CachedChunk& chunk);
    void touch(Producer& producer);
    void drop(Producers::iterator producer);

    Reader reader_;
    std::size_t max_bytes_;
    std::size_t bytes_ = 0;  // about what the cache takes
    Producers producers_;    // last used first
    std::unordered_map<std::string_view, Producers::iterator> by_prefix_;
    std::vector<Producer*> changed_;
};

}  // namespace weir::rocks

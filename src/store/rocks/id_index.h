#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"
#include "event/batch.h"

namespace weir::rocks {

// Which event_ids without a producer were stored within the horizon: an event is a duplicate when an event of
// the same id was stored that was received at most `horizon` before it. Exact, up to two ids that share a
// 128-bit hash; never forgets an id early: what it has no room for, it refuses. In memory only: a store that
// is opened fills it from its blocks. Not thread-safe.
//
// The hashes lie in a ring, in the order they were stored, and are found by an open-addressing table of their
// places in it: 16 bytes in the ring and 6 to 12 in the table for each id that fits in. The memory is
// reserved at once, but taken only as it is used.
class IdIndex {
  public:
    // Batches may overtake each other between being received and being committed by no more than this; ids
    // are held so much longer than the horizon, for the batch that was overtaken.
    static constexpr Duration longest_overtaking{std::chrono::minutes{1}};

    // `max_ids`: 1 to 2^30. Throws std::bad_alloc.
    IdIndex(Duration horizon, std::uint64_t max_ids);

    // Remembers the ids of a batch; the indices of the events that are duplicates, of earlier batches or of
    // an event before them in this one, are appended to `duplicates`, ascending. Batch::foreign_ids must be
    // there. When there is no room for the new ones nothing changes: ErrorCode::overloaded ("ids-full"), or
    // ErrorCode::too_large ("too-many-ids") where waiting cannot help.
    Result<void> claim(const Batch& batch, std::vector<std::uint32_t>& duplicates);
    // Remembers ids that were stored before all those that it holds. False: there is no room for all of them.
    bool add_older(std::span<const Hash128> ids, Timestamp received_at);

    // Ids that are held, with those that wait to be cleared away.
    [[nodiscard]] std::uint64_t size() const { return end_ - first_; }

  private:
    struct Free {
        void operator()(void* memory) const { std::free(memory); }
    };
    template <typename T>
    using Zeroed = std::unique_ptr<T[], Free>;

    // The ids at the places from `first` on, up to the next mark, were received at `oldest` to `newest`.
    struct Mark {
        std::uint64_t first = 0;
        Timestamp oldest, newest;
    };

    // A slot of the table: 0, or the index in the ring plus 1 in the low bits, and in the others some of the
    // hash, so that other ids are told apart without a look into the ring.
    [[nodiscard]] std::size_t home_of(Hash128 id) const;
    [[nodiscard]] std::uint32_t tag_of(Hash128 id) const;
    [[nodiscard]] std::uint64_t index_of(std::uint32_t slot) const { return (slot & index_mask_) - 1; }
    // The slot of an id, or the empty one where it belongs.
    [[nodiscard]] std::size_t find(Hash128 id) const;
    // When the id of a slot in use was received, at the latest.
    [[nodiscard]] Timestamp time_of(std::uint32_t slot) const;
    // Whether the slot holds an id that was received at `oldest` or later.
    [[nodiscard]] bool is_known(std::size_t slot, Timestamp oldest) const;

    void put(std::size_t slot, Hash128 id, std::uint64_t place);
    void clear(std::size_t slot);
    void evict(Timestamp received_at, std::size_t wanted);
    void mark(Timestamp received_at);
    void set_clock_back(Timestamp received_at);
    [[nodiscard]] Result<void> check_room(const Batch& batch, Timestamp oldest) const;

    const Duration horizon_;
    const Duration grain_;  // of the marks: an id may be remembered so much longer
    const std::uint64_t max_ids_;
    const std::size_t slot_mask_;
    const int slot_shift_;
    const std::uint32_t index_mask_;
    // Where an id belongs is nobody's to choose, so that no sender can pile ids up in one place.
    const std::uint64_t random_high_, random_low_;

    Zeroed<Hash128> ring_;
    Zeroed<std::uint32_t> slots_;
    // Places in the order of storing, [first_, end_); a place's index in the ring is what remains of it
    // modulo max_ids_. Begins in the middle, so that older ids can be put in front.
    std::uint64_t first_, end_;
    std::deque<Mark> marks_;
};

}  // namespace weir::rocks

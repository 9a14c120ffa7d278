#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "codec/event_encoder.h"
#include "event/batch.h"
#include "transport/transport.h"

namespace weir {

// The batch that is being filled. Used by one thread.
class BatchBuilder {
  public:
    struct Limits {
        std::size_t events;  // > 0
        Bytes bytes;         // of the body; an event that is larger alone still gets a batch of its own
        Duration linger;     // from the first event on
    };
    // `csv_header`: every csv body begins with it.
    BatchBuilder(std::string run_id, LineFormat format, const std::string& csv_header, Limits limits);

    [[nodiscard]] bool empty() const { return events_ == 0; }
    [[nodiscard]] bool full() const {
        return events_ >= limits_.events || body_.size() >= limits_.bytes.count;
    }
    // Whether the body stays within its bytes with this row too.
    [[nodiscard]] bool has_room_for(const Row& row) const;
    // When a batch that is not empty must be sent.
    [[nodiscard]] SteadyTime deadline() const { return opened_ + limits_.linger; }

    // `now` is used for the first event of a batch.
    void append(std::uint64_t sequence, Timestamp ts, const Row& row, SteadyTime now);
    // The batch so far, under the next batch id; then it is empty again. `spare` is memory for the next body.
    OutgoingBatch take(std::string spare);

  private:
    std::string run_id_;
    LineFormat format_;
    Limits limits_;
    EventEncoder encoder_;
    std::string body_start_;
    std::string body_;
    std::uint64_t events_ = 0;
    std::uint64_t first_sequence_ = 0;
    std::uint64_t batches_ = 0;
    SteadyTime opened_;
};

}  // namespace weir

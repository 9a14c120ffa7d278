#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "codec/batch_decoder.h"
#include "codec/event_fields.h"
#include "codec/interner.h"

namespace weir {

// Collects what became of the lines of one batch, whatever their form. Not thread-safe.
class BatchBuilder {
  public:
    BatchBuilder(Batch& batch, Interner& interner, const EventLimits& limits);

    // A line that is about to be looked at. False when the batch has too many of them: see error().
    bool begin_line();
    // `offset` and `length`: of the line in Batch::text, which `fields` may look into.
    void accept(std::size_t offset, std::size_t length, const EventFields& fields);
    // `number`: of the line in the body. False when the batch has too many bad ones: see error().
    bool reject_line(std::uint64_t number, Rejection rejection, std::string_view bytes);
    bool reject_long_line(std::uint64_t number, std::string_view bytes);

    [[nodiscard]] Error error() const;
    [[nodiscard]] const TimeBounds& bounds() const { return bounds_; }

  private:
    Batch& batch_;
    Interner& interner_;
    const EventLimits& limits_;
    TimeBounds bounds_;
};

}  // namespace weir

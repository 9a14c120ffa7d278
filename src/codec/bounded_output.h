#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "codec/compression.h"

namespace weir {

// What comes out of a decompressor: a string that grows geometrically and never beyond the limits. Not
// thread-safe.
class BoundedOutput {
  public:
    // `input`: the size of the compressed data as a whole.
    BoundedOutput(std::size_t input, const DecompressionLimits& limits);

    // Makes room for at least one byte more than the limits allow, so that reaching it shows in check().
    void grow();
    // Makes room for exactly `size` bytes more; an error when they would be over a limit.
    Result<void> reserve(std::uint64_t size);
    [[nodiscard]] char* room() { return bytes_.data() + used_; }
    [[nodiscard]] std::size_t room_size() const { return bytes_.size() - used_; }
    // `count` bytes were written to room(); an error when they are too many.
    Result<void> add(std::size_t count);
    std::string take();

  private:
    [[nodiscard]] Result<void> check(std::uint64_t size) const;

    std::uint64_t input_;
    DecompressionLimits limits_;
    std::string bytes_;
    std::size_t used_ = 0;
};

}  // namespace weir

#include "codec/bounded_output.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir {

BoundedOutput::BoundedOutput(std::size_t input, const DecompressionLimits& limits)
    : input_(input), limits_(limits) {}

void BoundedOutput::grow() {
    constexpr std::size_t first = 64U << 10U;
    const std::size_t most = std::max(limits_.max_output.count, limits_.max_output.count + 1);
    bytes_.resize(std::min(std::max(first, bytes_.size() * 2), most));
}

Result<void> BoundedOutput::reserve(std::uint64_t size) {
    if (size > limits_.max_output.count) return check(size);
    if (auto good = check(used_ + size); !good) return good;
    bytes_.resize(std::max(bytes_.size(), used_ + size));
    return {};
}

Result<void> BoundedOutput::add(std::size_t count) {
    used_ += count;
    return check(used_);
}

Result<void> BoundedOutput::check(std::uint64_t size) const {
    if (size > limits_.max_output.count)
        return fail(ErrorCode::too_large, "decompressed-too-large",
                    fmt::format("the body decompresses to more than {}, the most that is taken",
                                format_bytes(limits_.max_output)),
                    "send it as several batches");
    // size / input > max_ratio, without overflow.
    if (size > limits_.min_ratio_output.count &&
        (size - 1) / std::max<std::uint64_t>(limits_.max_ratio, 1) >= input_)
        return fail(
            ErrorCode::too_large, "compression-ratio",
            fmt::format("the body decompresses to more than {} times its {} bytes, the most that is taken",
                        limits_.max_ratio, input_),
            "send it as several batches, or with less compression");
    return {};
}

std::string BoundedOutput::take() {
    bytes_.resize(used_);
    return std::move(bytes_);
}

}  // namespace weir

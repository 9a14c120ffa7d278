#include "server/decoder_pool.h"

#include <utility>

namespace weir {

DecoderPool::DecoderPool(std::string group_by, EventLimits limits)
    : group_by_(std::move(group_by)), limits_(limits) {}

std::unique_ptr<BatchDecoder> DecoderPool::take() {
    {
        const std::lock_guard lock(mutex_);
        if (!idle_.empty()) {
            auto decoder = std::move(idle_.back());
            idle_.pop_back();
            return decoder;
        }
    }
    return std::make_unique<BatchDecoder>(group_by_, limits_);
}

Result<Batch> DecoderPool::decode(DecodeRequest request) {
    auto decoder = take();
    auto batch = decoder->decode(std::move(request));
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(decoder));
    return batch;
}

}  // namespace weir

#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "codec/batch_decoder.h"

namespace weir {

// Decoders to be used by one thread at a time: there are never more than threads that decode at once, and
// each keeps its buffers. Thread-safe.
class DecoderPool {
  public:
    DecoderPool(std::string group_by, EventLimits limits);
    Result<Batch> decode(DecodeRequest request);

  private:
    std::unique_ptr<BatchDecoder> take();

    const std::string group_by_;
    const EventLimits limits_;
    std::mutex mutex_;  // guards idle_
    std::vector<std::unique_ptr<BatchDecoder>> idle_;
};

}  // namespace weir

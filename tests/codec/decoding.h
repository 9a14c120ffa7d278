#pragma once

#include <string>
#include <string_view>

#include "codec/batch_decoder.h"

namespace weir::test {

// When every batch of these tests is received.
inline const Timestamp received_at = *parse_rfc3339("2026-11-24T00:15:53.123Z");

inline Result<Batch> decode(MediaType media, std::string body, const EventLimits& limits = {},
                            std::string group_by = "County") {
    BatchDecoder decoder(std::move(group_by), limits);
    return decoder.decode({media, "b1", std::move(body), received_at, "127.0.0.1:4711"});
}

// The key that an event counts under.
inline std::string_view key_of(const Batch& batch, std::size_t event) {
    return batch.keys[batch.events[event].key];
}

}  // namespace weir::test

#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "event/batch.h"
#include "window/window.h"

namespace weir::test {

struct Reading {
    std::string id;
    Timestamp ts;
    std::string key;
};

// A batch as the decoder would make it, without the decoder.
inline Batch make_batch(std::string id, Timestamp received_at, const std::vector<Reading>& readings) {
    Batch batch;
    batch.batch_id = std::move(id);
    batch.received_at = received_at;
    batch.received = readings.size();
    batch.source = "127.0.0.1:1";
    for (const Reading& reading : readings) {
        const std::string line = fmt::format(R"({{"event_id":"{}","ts":"{}","County":"{}"}})", reading.id,
                                             format_rfc3339(reading.ts), reading.key);
        EventRecord event;
        event.offset = static_cast<std::uint32_t>(batch.text.size());
        event.length = static_cast<std::uint32_t>(line.size());
        event.ts = reading.ts;
        std::size_t key = 0;
        while (key < batch.keys.size() && batch.keys[key] != reading.key)
            ++key;
        if (key == batch.keys.size()) batch.keys.push_back(reading.key);
        event.key = static_cast<std::uint32_t>(key);
        batch.events.push_back(event);
        batch.text += line + "\n";
    }
    batch.content = hash128(batch.text);
    return batch;
}

}  // namespace weir::test

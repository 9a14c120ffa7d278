#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/json_string.h"
#include "event/batch.h"
#include "event/event.h"

namespace weir::test {

// An event as a test writes it down.
struct TestEvent {
    std::string id;
    Timestamp ts;
    std::string key = "Delaware";
};

inline std::string json_line(const TestEvent& event) {
    return R"({"event_id":")" + event.id + R"(","ts":")" + format_rfc3339(event.ts) + R"(","County":)" +
           json_string(event.key) + "}";
}

// Builds a Batch from its contract alone, without the decoder.
class BatchMaker {
  public:
    BatchMaker(std::string batch_id, Timestamp received_at, LineFormat format = LineFormat::ndjson) {
        batch_.batch_id = std::move(batch_id);
        batch_.received_at = received_at;
        batch_.format = format;
        batch_.source = "127.0.0.1:5000";
        if (format == LineFormat::csv) batch_.csv_header = "event_id,ts,County";
    }

    BatchMaker& add(const TestEvent& event) {
        const std::string line = batch_.format == LineFormat::ndjson
                                     ? json_line(event)
                                     : event.id + "," + format_rfc3339(event.ts) + ",\"" + event.key + "\"";
        EventRecord record;
        record.offset = static_cast<std::uint32_t>(batch_.text.size());
        record.length = static_cast<std::uint32_t>(line.size());
        record.key = index_of(batch_.keys, event.key);
        ProducerSequence parts;
        if (parse_producer_sequence(event.id, parts)) {
            record.producer = index_of(batch_.producers, ProducerId{std::string(parts.run), parts.width});
            record.sequence = parts.sequence;
        }
        record.ts = event.ts;
        batch_.text += line + line_break_;
        batch_.events.push_back(record);
        ++batch_.received;
        return *this;
    }

    BatchMaker& reject(std::string bytes, RejectReason reason = RejectReason::json_invalid) {
        ++batch_.received;
        DeadLetter letter;
        letter.received_at = batch_.received_at;
        letter.batch_id = batch_.batch_id;
        letter.source = batch_.source;
        letter.line = batch_.received;
        letter.reason = reason;
        letter.message = "not as expected";
        letter.bytes = bytes;
        batch_.text += bytes + line_break_;
        batch_.rejected.push_back(std::move(letter));
        return *this;
    }

    BatchMaker& line_break(std::string text) {
        line_break_ = std::move(text);
        return *this;
    }

    Batch make() const {
        Batch batch = batch_;
        batch.content = hash128(batch.text);
        return batch;
    }

  private:
    template <typename T>
    static std::uint32_t index_of(std::vector<T>& all, const T& wanted) {
        const auto found = std::find(all.begin(), all.end(), wanted);
        const auto index = static_cast<std::uint32_t>(found - all.begin());
        if (found == all.end()) all.push_back(wanted);
        return index;
    }

    Batch batch_;
    std::string line_break_ = "\n";
};

}  // namespace weir::test

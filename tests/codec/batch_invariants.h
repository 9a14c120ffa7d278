#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/text.h"
#include "codec/batch_decoder.h"
#include "codec/stored_lines.h"

namespace weir::test {

// What must hold of every decoded batch, whatever the body was. Tests and fuzzers ask the same.
class BatchInvariants {
  public:
    BatchInvariants(const Batch& batch, const std::string& group_by)
        : batch_(batch), group_by_(group_by), reader_(group_by) {}

    // The first thing that is wrong; empty: nothing.
    std::string check() {
        if (batch_.received != batch_.events.size() + batch_.rejected.size())
            return "the counts do not add up";
        if (std::set<Key>(batch_.keys.begin(), batch_.keys.end()).size() != batch_.keys.size())
            return "a key stands twice";
        for (const Key& key : batch_.keys)
            if (key.empty() || key.size() > max_key_bytes || !is_utf8(key)) return "a key is out of bounds";
        std::size_t end = 0;
        for (const EventRecord& event : batch_.events) {
            if (event.offset < end || event.length == 0) return "lines overlap or are empty";
            end = std::size_t{event.offset} + event.length;
            if (end > batch_.text.size()) return "a line is outside the text";
            if (auto problem = check_event(event); !problem.empty()) return problem;
        }
        std::uint64_t last = 0;
        for (const DeadLetter& letter : batch_.rejected) {
            if (letter.line <= last) return "dead letters are out of order";
            last = letter.line;
            if (letter.bytes.empty() || letter.message.empty()) return "a dead letter says nothing";
            if (printable(letter.message) != letter.message) return "a message is unfit for a terminal";
            if (letter.batch_id != batch_.batch_id || letter.received_at != batch_.received_at)
                return "a dead letter is not signed";
        }
        return {};
    }

  private:
    std::string check_event(const EventRecord& event) {
        const std::string_view line = batch_.line(event);
        if (batch_.format == LineFormat::ndjson && line.find('\n') != std::string_view::npos)
            return "a line has a line break";
        const auto view = reader_.read(batch_.format, batch_.csv_header, line);
        if (!view) return "a line cannot be read back: " + view.error().message;
        if (auto problem = compare(*view, event); !problem.empty()) return problem;
        if (batch_.format == LineFormat::ndjson) return view->line == line ? "" : "a line changed";
        // The JSON object that stands for a CSV record is the same event.
        StoredLineReader json(group_by_);
        const auto again = json.read(LineFormat::ndjson, "", view->line);
        if (!again) return "the JSON of a CSV record cannot be read: " + again.error().message;
        return again->event_id == view->event_id ? compare(*again, event)
                                                 : "the JSON of a CSV record has another event_id";
    }

    std::string compare(const EventView& view, const EventRecord& event) const {
        if (!is_valid_id(view.event_id)) return "an event_id is out of bounds";
        if (view.ts != event.ts) return "a ts differs when read back";
        if (event.key >= batch_.keys.size() || view.key != batch_.keys[event.key])
            return "a key differs when read back";
        ProducerSequence id;
        if (!parse_producer_sequence(view.event_id, id))
            return event.producer == no_producer ? "" : "a producer was made up";
        if (event.producer >= batch_.producers.size()) return "a producer is missing";
        const ProducerId& producer = batch_.producers[event.producer];
        if (producer.run != id.run || producer.width != id.width || event.sequence != id.sequence)
            return "a producer differs when read back";
        return {};
    }

    const Batch& batch_;
    std::string group_by_;
    StoredLineReader reader_;
};

// The first invariant that `batch` breaks, or nothing.
inline std::string broken_invariant(const Batch& batch, const std::string& group_by = "County") {
    return BatchInvariants(batch, group_by).check();
}

}  // namespace weir::test

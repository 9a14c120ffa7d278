#include "codec/event_encoder.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace weir {
namespace {

constexpr std::size_t sequence_digits = 6;  // at least; see format_event_id
constexpr std::string_view between_json = R"(","ts":")";

char digit(std::int64_t value) {
    return static_cast<char>('0' + value);
}

// The digits of `sequence`, at the end of `buffer`.
std::string_view write_sequence(std::array<char, 20>& buffer, std::uint64_t sequence) {
    std::size_t at = buffer.size();
    while (sequence > 0 || buffer.size() - at < sequence_digits) {
        buffer[--at] = static_cast<char>('0' + sequence % 10);
        sequence /= 10;
    }
    return {buffer.data() + at, buffer.size() - at};
}

char* put(char* at, std::string_view text) {
    std::memcpy(at, text.data(), text.size());
    return at + text.size();
}

}  // namespace

EventEncoder::EventEncoder(LineFormat format, std::string_view run)
    : format_(format),
      prefix_(format == LineFormat::ndjson ? R"({"event_id":")" : ""),
      second_(std::numeric_limits<std::int64_t>::min()) {
    prefix_ += run;
    prefix_ += '-';
}

// The date is written once a second of event time, the milliseconds for every event.
void EventEncoder::set_time(Timestamp ts) {
    const std::int64_t ms = to_ms(std::clamp(ts, min_timestamp, max_timestamp));
    std::int64_t second = ms / 1000, rest = ms % 1000;
    if (rest < 0) {
        --second;
        rest += 1000;
    }
    if (second != second_) {
        const std::string text = format_rfc3339(timestamp_from_ms(ms));
        std::copy(text.begin(), text.end(), time_.begin());
        second_ = second;
    }
    time_[20] = digit(rest / 100);
    time_[21] = digit(rest / 10 % 10);
    time_[22] = digit(rest % 10);
}

void EventEncoder::append(std::string& body, std::uint64_t sequence, Timestamp ts, const Row& row) {
    std::array<char, 20> buffer;
    const std::string_view number = write_sequence(buffer, sequence);
    set_time(ts);
    const std::string_view time(time_.data(), time_.size());
    const bool json = format_ == LineFormat::ndjson;
    const std::string_view rest = json ? row.json : row.csv;
    const std::string_view between = json ? between_json : ",";
    const std::string_view comma = json ? (rest.empty() ? "\"" : "\",") : ",";
    const std::string_view end = json ? "}\n" : "\n";

    // Everything before the row is put together aside, so that the body is touched three times an event.
    std::array<char, 256> head;
    const std::size_t head_bytes =
        prefix_.size() + number.size() + between.size() + time.size() + comma.size();
    if (head_bytes > head.size()) {  // a run id beyond what the events' ids allow
        body.append(prefix_).append(number).append(between).append(time).append(comma);
    } else {
        put(put(put(put(put(head.data(), prefix_), number), between), time), comma);
        body.append(head.data(), head_bytes);
    }
    body.append(rest).append(end);
}

}  // namespace weir

#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace weir::cli {

// One event of a text/event-stream.
struct StreamEvent {
    std::string name;  // "message" where the stream names none
    std::string data;  // its lines, joined by a line break
};

// Takes a text/event-stream apart as it comes (WHATWG HTML, 9.2.6): lines end with LF, CR or CRLF, an empty
// one ends an event, comments and fields other than `event` and `data` are passed over, an event without data
// is none.
class EventStreamReader {
  public:
    // Longest event; a longer one is dropped whole, so that no sender can make this grow.
    static constexpr std::size_t max_event = 8U << 20U;

    void feed(std::string_view bytes, const std::function<void(const StreamEvent&)>& sink);

  private:
    void end_line(const std::function<void(const StreamEvent&)>& sink);
    void take_field();

    std::string line_;
    StreamEvent event_;
    bool has_data_ = false;
    bool too_long_ = false;
    bool after_return_ = false;  // the last byte was a CR: an LF that follows belongs to it
};

}  // namespace weir::cli

#include "cli/event_stream.h"

namespace weir::cli {

void EventStreamReader::feed(std::string_view bytes, const std::function<void(const StreamEvent&)>& sink) {
    while (!bytes.empty()) {
        if (after_return_ && bytes.front() == '\n') bytes.remove_prefix(1);
        after_return_ = false;
        const std::size_t end = bytes.find_first_of("\r\n");
        const std::string_view part = bytes.substr(0, end);
        if (line_.size() + event_.data.size() + part.size() > max_event)
            too_long_ = true;
        else
            line_ += part;
        if (end == std::string_view::npos) return;
        after_return_ = bytes[end] == '\r';
        bytes.remove_prefix(end + 1);
        end_line(sink);
    }
}

void EventStreamReader::end_line(const std::function<void(const StreamEvent&)>& sink) {
    if (!line_.empty()) {
        take_field();
        line_.clear();
        return;
    }
    if (has_data_ && !too_long_) {
        if (event_.name.empty()) event_.name = "message";
        sink(event_);
    }
    event_ = {};
    has_data_ = too_long_ = false;
}

void EventStreamReader::take_field() {
    const std::size_t colon = line_.find(':');
    const std::string_view field = std::string_view(line_).substr(0, colon);
    std::string_view value;
    if (colon != std::string::npos) value = std::string_view(line_).substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (field == "event") event_.name = value;
    if (field != "data") return;
    if (has_data_) event_.data += '\n';
    has_data_ = true;
    event_.data += value;
}

}  // namespace weir::cli

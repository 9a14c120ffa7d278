#include "http/chunked_decoder.h"

#include <algorithm>

#include "http/characters.h"

namespace weir::http {

using State = ChunkedDecoder::State;

ChunkedDecoder::Step ChunkedDecoder::next(std::string_view input) {
    Step step;
    while (step.consumed < input.size()) {
        if (part_ == Part::data) {
            step.data = input.substr(step.consumed,
                                     static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size())));
            step.consumed += step.data.size();
            took(step.data.size());
            return step;
        }
        step.state = line_byte(input[step.consumed]);
        ++step.consumed;
        if (step.state != State::more) return step;
        // Leaves the caller time to weigh the size before any of the data is taken.
        if (part_ == Part::data) return step;
    }
    return step;
}

void ChunkedDecoder::took(std::uint64_t bytes) {
    left_ -= bytes;
    if (left_ == 0) part_ = Part::data_return;
}

State ChunkedDecoder::line_byte(char c) {
    switch (part_) {
        case Part::size:
            ++line_bytes_;
            return size_byte(c);
        case Part::extension:
            ++line_bytes_;
            if (c == '\r')
                part_ = Part::size_line_feed;
            else if (is_control(c) && c != '\t')
                return State::malformed;
            return line_bytes_ > max_excess ? State::too_much_talk : State::more;
        case Part::size_line_feed:
            return c == '\n' ? end_of_size_line() : State::malformed;
        case Part::data_return:
            part_ = Part::data_line_feed;
            return c == '\r' ? State::more : State::malformed;
        case Part::data_line_feed:
            part_ = Part::size;
            left_ = 0;
            digits_ = 0;
            line_bytes_ = 0;
            return c == '\n' ? State::more : State::malformed;
        default:
            return trailer_byte(c);
    }
}

State ChunkedDecoder::size_byte(char c) {
    constexpr int max_digits = 15;
    if (const int digit = hex_value(c); digit >= 0) {
        if (++digits_ > max_digits) return State::malformed;
        left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
        return State::more;
    }
    if (digits_ == 0) return State::malformed;
    if (c == ';')
        part_ = Part::extension;
    else if (c == '\r')
        part_ = Part::size_line_feed;
    else
        return State::malformed;
    return State::more;
}

State ChunkedDecoder::end_of_size_line() {
    constexpr std::uint64_t enough = 1U << 30U;  // keeps the sum far from overflow
    excess_ = std::max<std::int64_t>(
        0, excess_ + line_bytes_ - 16 - 2 * static_cast<std::int64_t>(std::min(left_, enough)));
    if (excess_ > max_excess) return State::too_much_talk;
    part_ = left_ > 0 ? Part::data : Part::trailer_start;
    return State::more;
}

State ChunkedDecoder::trailer_byte(char c) {
    if (++trailer_bytes_ > max_trailers_ + 2)
        return State::trailers_too_large;  // the blank line is not counted
    switch (part_) {
        case Part::trailer_start:
            if (c == '\r')
                part_ = Part::last_line_feed;
            else if (is_token_character(c))
                part_ = Part::trailer_name;
            else
                return State::malformed;
            return State::more;
        case Part::trailer_name:
            if (c == ':')
                part_ = Part::trailer_value;
            else if (!is_token_character(c))
                return State::malformed;
            return State::more;
        case Part::trailer_value:
            if (c == '\r')
                part_ = Part::trailer_line_feed;
            else if (is_control(c) && c != '\t')
                return State::malformed;
            return State::more;
        case Part::trailer_line_feed:
            part_ = Part::trailer_start;
            return c == '\n' ? State::more : State::malformed;
        default:
            return c == '\n' ? State::done : State::malformed;
    }
}

}  // namespace weir::http

#include "http/head_scanner.h"

#include "http/characters.h"

namespace weir::http {

HeadScanner::State HeadScanner::scan(std::string_view buffer) {
    for (; state_ == State::incomplete && position_ < buffer.size(); ++position_) {
        const char c = buffer[position_];
        if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) {
            if (position_ == 0 && !is_token_character(c)) state_ = State::no_message;
            if (position_ == line_start_ && c == ' ') state_ = State::folded;
            continue;
        }
        if (position_ == 0) {
            state_ = State::no_message;
        } else if (c == '\r') {
            if (position_ + 1 == buffer.size()) return state_;  // comes back to it with the next byte
            if (buffer[position_ + 1] != '\n') {
                state_ = State::bare_return;
                continue;
            }
            const bool blank = position_ == line_start_;
            ++position_;
            line_start_ = position_ + 1;
            if (blank) state_ = State::complete;
        } else if (c == '\t') {
            if (position_ == line_start_) state_ = State::folded;
        } else {
            state_ = c == '\n' ? State::bare_line_feed : State::control;
        }
    }
    return state_;
}

std::string_view describe(HeadScanner::State state) {
    switch (state) {
        case HeadScanner::State::incomplete:
            return "an unfinished head";
        case HeadScanner::State::complete:
            return "a head";
        case HeadScanner::State::bare_line_feed:
            return "a line that ends without a carriage return";
        case HeadScanner::State::bare_return:
            return "a carriage return inside a line";
        case HeadScanner::State::control:
            return "a control character";
        case HeadScanner::State::folded:
            return "a folded header line";
        case HeadScanner::State::no_message:
            return "bytes that are no HTTP message";
    }
    return "something unknown";
}

}  // namespace weir::http

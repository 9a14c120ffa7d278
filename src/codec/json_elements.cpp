#include "codec/json_elements.h"

namespace weir {
bool is_json_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::size_t skip_json_string(std::string_view json, std::size_t at) {
    for (++at; at < json.size() && json[at] != '"'; ++at)
        if (json[at] == '\\') ++at;
    return at + 1;
}

JsonElements::JsonElements(std::string_view json) : json_(json) {}

void JsonElements::skip_space() {
    while (at_ < json_.size() && is_json_space(json_[at_]))
        ++at_;
}

JsonElements::Step JsonElements::malformed(std::string_view problem) {
    state_ = State::done;
    problem_ = problem;
    return Step::malformed;
}

JsonElements::Step JsonElements::close() {
    skip_space();
    if (at_ < json_.size()) return malformed("something follows the end");
    state_ = State::done;
    return Step::end;
}

JsonElements::Step JsonElements::next() {
    skip_space();
    switch (state_) {
        case State::done:
            return Step::end;
        case State::start:
            if (at_ < json_.size() && json_[at_] == '{') return take_element(true);
            if (at_ == json_.size() || json_[at_] != '[')
                return malformed("an array of events or one event was expected");
            ++at_;
            state_ = State::first;
            return next();
        case State::first:
            if (at_ < json_.size() && json_[at_] == ']') {
                ++at_;
                return close();
            }
            return take_element(false);
        case State::element:
            return take_element(false);
        case State::after:
            if (at_ == json_.size()) return malformed("the array is not closed");
            if (json_[at_] == ']') {
                ++at_;
                return close();
            }
            if (json_[at_] != ',') return malformed("a comma or the end of the array was expected");
            ++at_;
            state_ = State::element;
            return next();
    }
    return Step::end;
}

// The element at at_: up to the comma or bracket that ends it, or, for `whole`, to the end of the text.
JsonElements::Step JsonElements::take_element(bool whole) {
    begin_ = at_;
    std::size_t depth = 0;
    while (at_ < json_.size()) {
        const char c = json_[at_];
        if (c == '"') {
            at_ = skip_json_string(json_, at_);
            continue;
        }
        if (!whole && depth == 0 && (c == ',' || c == ']' || c == '}')) break;
        if (c == '[' || c == '{')
            ++depth;
        else if (depth > 0 && (c == ']' || c == '}'))
            --depth;
        ++at_;
    }
    if (at_ > json_.size()) at_ = json_.size();
    if (!whole && at_ == json_.size()) return malformed("the array is not closed");
    end_ = at_;
    while (end_ > begin_ && is_json_space(json_[end_ - 1]))
        --end_;
    if (end_ == begin_) return malformed("a value was expected");
    state_ = whole ? State::done : State::after;
    return Step::element;
}

std::size_t minify_json(char* json, std::size_t length) {
    const std::string_view text(json, length);
    std::size_t out = 0;
    for (std::size_t at = 0; at < length;) {
        if (is_json_space(text[at])) {
            ++at;
            continue;
        }
        std::size_t end = text[at] == '"' ? skip_json_string(text, at) : at + 1;
        if (end > length) end = length;
        while (at < end)
            json[out++] = json[at++];
    }
    return out;
}

}  // namespace weir

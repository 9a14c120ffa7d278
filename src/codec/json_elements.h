#pragma once

#include <cstdint>
#include <string_view>

namespace weir {

// Behind the string that opens at `at`, or past the end of the text when it is not closed.
std::size_t skip_json_string(std::string_view json, std::size_t at);
bool is_json_space(char c);

// Takes a JSON array (or one object) apart without parsing its elements: it looks at brackets, commas and
// strings only. The text as a whole is JSON exactly when no step is `malformed` and every element is JSON.
// Time is linear. Not thread-safe.
class JsonElements {
  public:
    enum class Step { element, end, malformed };

    explicit JsonElements(std::string_view json);
    // After `element`: its text without the white space around it, and where that begins.
    Step next();
    [[nodiscard]] std::string_view element() const { return json_.substr(begin_, end_ - begin_); }
    [[nodiscard]] std::size_t offset() const { return begin_; }
    [[nodiscard]] std::string_view problem() const { return problem_; }  // after `malformed`
    [[nodiscard]] std::size_t position() const { return at_; }           // where the problem is

  private:
    enum class State { start, first, element, after, done };

    void skip_space();
    Step malformed(std::string_view problem);
    Step close();
    Step take_element(bool whole);

    std::string_view json_;
    std::size_t at_ = 0, begin_ = 0, end_ = 0;
    State state_ = State::start;
    std::string_view problem_;
};

// Removes the white space between the tokens of a JSON text, in place, and returns the new length.
std::size_t minify_json(char* json, std::size_t length);

}  // namespace weir

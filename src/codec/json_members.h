#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace weir {

// Takes an object apart without parsing its values: each member's name (with its quotes) and value as they
// stand. The text must be JSON already.
class JsonMembers {
  public:
    explicit JsonMembers(std::string_view object) : json_(object) {}

    // False at the end.
    bool next();
    [[nodiscard]] std::string_view name() const { return name_; }
    [[nodiscard]] std::string_view value() const { return value_; }

  private:
    void skip_space();

    std::string_view json_;
    std::size_t at_ = 0;
    std::string_view name_, value_;
};

// What a JSON string, given with its quotes, stands for.
std::string json_text(std::string_view json_string);

}  // namespace weir

#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/json_string.h"

namespace weir::cli {

// One JSON object on one line, its members in the order they were added.
class JsonObject {
  public:
    JsonObject& add(std::string_view name, std::string_view text) { return raw(name, json_string(text)); }
    JsonObject& add(std::string_view name, const char* text) { return add(name, std::string_view(text)); }
    JsonObject& add(std::string_view name, bool truth) { return raw(name, truth ? "true" : "false"); }
    template <std::integral N>
    JsonObject& add(std::string_view name, N number) {
        return raw(name, std::to_string(number));
    }
    JsonObject& add(std::string_view name, double number) { return raw(name, fmt::format("{:.3f}", number)); }
    // `value` is JSON already.
    JsonObject& raw(std::string_view name, std::string_view value) {
        text_ += text_.empty() ? "{" : ",";
        text_ += fmt::format("{}:{}", json_string(name), value);
        return *this;
    }
    [[nodiscard]] std::string text() const { return text_.empty() ? "{}" : text_ + "}"; }

  private:
    std::string text_;
};

}  // namespace weir::cli

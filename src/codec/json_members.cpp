#include "codec/json_members.h"

#include <nlohmann/json.hpp>

#include "codec/json_elements.h"

namespace weir {

void JsonMembers::skip_space() {
    while (at_ < json_.size() && is_json_space(json_[at_]))
        ++at_;
}

bool JsonMembers::next() {
    skip_space();
    if (at_ < json_.size() && (json_[at_] == '{' || json_[at_] == ',')) ++at_;
    skip_space();
    if (at_ >= json_.size() || json_[at_] != '"') return false;
    const std::size_t name = at_;
    at_ = skip_json_string(json_, at_);
    if (at_ > json_.size()) return false;
    name_ = json_.substr(name, at_ - name);
    skip_space();
    ++at_;  // the colon
    skip_space();
    const std::size_t value = at_;
    std::size_t depth = 0;
    while (at_ < json_.size()) {
        const char c = json_[at_];
        if (c == '"') {
            at_ = skip_json_string(json_, at_);
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}')) break;
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') --depth;
        ++at_;
    }
    if (at_ >= json_.size()) return false;
    std::size_t end = at_;
    while (end > value && is_json_space(json_[end - 1]))
        --end;
    value_ = json_.substr(value, end - value);
    return true;
}

std::string json_text(std::string_view json_string) {
    const std::string_view inside = json_string.substr(1, json_string.size() - 2);
    if (inside.find('\\') == std::string_view::npos) return std::string(inside);
    const auto parsed = nlohmann::json::parse(json_string, nullptr, /*allow_exceptions=*/false);
    return parsed.is_string() ? parsed.get<std::string>() : std::string();
}

}  // namespace weir

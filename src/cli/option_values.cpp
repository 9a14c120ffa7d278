#include "cli/option_values.h"

#include <fmt/format.h>

#include "base/clock.h"

namespace weir::cli {
namespace {

// Puts what a parser returned into its target.
template <typename T, typename Target>
Result<void> keep(Result<T> parsed, Target& target) {
    if (!parsed) return fail(std::move(parsed).error());
    target = *std::move(parsed);
    return {};
}

}  // namespace

Result<void> read_value(const std::string& text, std::string& target) {
    if (text.empty()) return fail(ErrorCode::invalid, "value-empty", "the value is empty");
    target = text;
    return {};
}

Result<void> read_value(const std::string& text, std::filesystem::path& target) {
    if (text.empty()) return fail(ErrorCode::invalid, "value-empty", "the path is empty");
    target = text;
    return {};
}

Result<void> read_value(const std::string& text, Duration& target) {
    return keep(parse_duration(text), target);
}
Result<void> read_value(const std::string& text, Bytes& target) {
    return keep(parse_bytes(text), target);
}
Result<void> read_value(const std::string& text, Rate& target) {
    return keep(parse_rate(text), target);
}
Result<void> read_value(const std::string& text, ListenAddress& target) {
    return keep(parse_listen(text), target);
}
Result<void> read_value(const std::string& text, std::optional<TimeArgument>& target) {
    return keep(parse_time(text, system_clock().now()), target);
}
Result<void> read_value(const std::string& text, std::vector<std::string>& target) {
    return keep(parse_list(text), target);
}

std::string show_value(const std::string& value) {
    return value;
}
std::string show_value(const std::filesystem::path& value) {
    return value.string();
}
std::string show_value(Duration value) {
    return format_duration(value);
}
std::string show_value(Bytes value) {
    return exact_bytes(value);
}
std::string show_value(const Rate& value) {
    return format_rate(value);
}
std::string show_value(const ListenAddress& value) {
    return value.text();
}
std::string show_value(const std::optional<TimeArgument>& value) {
    return value ? format_rfc3339(value->at) : "";
}
std::string show_value(const std::vector<std::string>& value) {
    return fmt::format("{}", fmt::join(value, ","));
}

}  // namespace weir::cli

#include "aws/attribute_value.h"

#include <charconv>

namespace weir::aws {
namespace {

template <typename T>
const T* find(const Item& item, std::string_view name) {
    const auto found = item.find(name);
    return found == item.end() ? nullptr : std::get_if<T>(&found->second.value);
}

}  // namespace

Attribute text(std::string value) {
    return {std::move(value)};
}

Attribute number(std::int64_t value) {
    return {Number{std::to_string(value)}};
}

Attribute binary(std::string bytes) {
    return {Binary{std::move(bytes)}};
}

std::string text_of(const Item& item, std::string_view name) {
    const auto* value = find<std::string>(item, name);
    return value != nullptr ? *value : std::string{};
}

std::string bytes_of(const Item& item, std::string_view name) {
    const auto* value = find<Binary>(item, name);
    return value != nullptr ? value->bytes : std::string{};
}

std::int64_t number_of(const Item& item, std::string_view name, std::int64_t fallback) {
    const auto* value = find<Number>(item, name);
    if (value == nullptr) return fallback;
    std::int64_t parsed = 0;
    const char* const end = value->text.data() + value->text.size();
    const auto [last, error] = std::from_chars(value->text.data(), end, parsed);
    return error == std::errc{} && last == end ? parsed : fallback;
}

}  // namespace weir::aws

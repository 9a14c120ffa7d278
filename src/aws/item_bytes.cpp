#include "aws/dynamodb.h"

namespace weir::aws {
namespace {

std::size_t map_bytes(const AttributeMap& map, std::size_t overhead_an_element);

struct Size {
    std::size_t operator()(std::monostate) const { return 1; }
    std::size_t operator()(bool) const { return 1; }
    std::size_t operator()(const std::string& value) const { return value.size(); }
    std::size_t operator()(const Number& value) const { return number_bytes(value.text); }
    std::size_t operator()(const Binary& value) const { return value.bytes.size(); }
    std::size_t operator()(const AttributeMap& map) const { return 3 + map_bytes(map, 1); }
    std::size_t operator()(const std::vector<Attribute>& list) const {
        std::size_t bytes = 3;
        for (const Attribute& element : list)
            bytes += 1 + std::visit(*this, element.value);
        return bytes;
    }
};

std::size_t map_bytes(const AttributeMap& map, std::size_t overhead_an_element) {
    std::size_t bytes = 0;
    for (const auto& [name, value] : map)
        bytes += name.size() + std::visit(Size{}, value.value) + overhead_an_element;
    return bytes;
}

}  // namespace

std::size_t number_bytes(std::string_view text) {
    std::size_t digits = 0, zeros_at_end = 0;
    bool negative = false;
    for (const char c : text) {
        if (c == 'e' || c == 'E') break;
        if (c == '-') negative = true;
        if (c < '0' || c > '9' || (c == '0' && digits == 0)) continue;
        ++digits;
        zeros_at_end = c == '0' ? zeros_at_end + 1 : 0;
    }
    return 1 + (digits - zeros_at_end + 1) / 2 + (negative ? 1U : 0U);
}

std::size_t item_bytes(const Item& item) {
    return map_bytes(item, 0);
}

}  // namespace weir::aws

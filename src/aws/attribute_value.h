#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include <boost/container/flat_map.hpp>

namespace weir::aws {

struct Attribute;
// Sorted by name; items have few attributes, so they lie in one piece.
using AttributeMap = boost::container::flat_map<std::string, Attribute, std::less<>>;

// A number as DynamoDB writes it: up to 38 digits, so it stays text.
struct Number {
    std::string text;
    bool operator==(const Number&) const = default;
};
struct Binary {
    std::string bytes;  // not base64
    bool operator==(const Binary&) const = default;
};

// A DynamoDB attribute value (API reference, AttributeValue; sets are not used).
struct Attribute {
    std::variant<std::monostate /* NULL */, std::string, Number, Binary, bool, std::vector<Attribute>,
                 AttributeMap>
        value;
    bool operator==(const Attribute&) const = default;
};
using Item = AttributeMap;

Attribute text(std::string value);
Attribute number(std::int64_t value);
Attribute binary(std::string bytes);
// The attribute's text, number or bytes; a fallback when the item has no such attribute or it is of another
// type.
std::string text_of(const Item& item, std::string_view name);
std::string bytes_of(const Item& item, std::string_view name);
std::int64_t number_of(const Item& item, std::string_view name, std::int64_t fallback = 0);

}  // namespace weir::aws

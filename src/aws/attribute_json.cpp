#include "aws/attribute_json.h"

#include <nlohmann/json.hpp>

#include "base/base64.h"

namespace weir::aws {
namespace {

using nlohmann::json;

constexpr int max_depth = 32;  // "Nested attributes" of the service quotas

struct Writer {
    json operator()(std::monostate) const { return {{"NULL", true}}; }
    json operator()(const std::string& value) const { return {{"S", value}}; }
    json operator()(const Number& value) const { return {{"N", value.text}}; }
    json operator()(const Binary& value) const { return {{"B", base64_encode(value.bytes)}}; }
    json operator()(bool value) const { return {{"BOOL", value}}; }
    json operator()(const AttributeMap& map) const { return {{"M", to_json(map)}}; }
    json operator()(const std::vector<Attribute>& list) const {
        json values = json::array();
        for (const Attribute& value : list)
            values.push_back(to_json(value));
        return {{"L", std::move(values)}};
    }
};

tl::unexpected<Error> invalid(std::string_view why) {
    return fail(ErrorCode::invalid, "attribute-invalid",
                std::string{"an attribute value of an answer cannot be read: "}.append(why));
}

Result<Item> read_map(const json& values, int depth);
Result<Attribute> read(const json& value, int depth);

Result<Attribute> read_list(const json& values, int depth) {
    if (!values.is_array()) return invalid("L holds no list");
    std::vector<Attribute> list;
    list.reserve(values.size());
    for (const json& element : values) {
        auto attribute = read(element, depth + 1);
        if (!attribute) return attribute;
        list.push_back(std::move(*attribute));
    }
    return Attribute{std::move(list)};
}

Result<Attribute> read_scalar(const std::string& type, const json& value) {
    if (type == "NULL") return Attribute{};
    if (type == "BOOL") {
        if (!value.is_boolean()) return invalid("BOOL holds no boolean");
        return Attribute{value.get<bool>()};
    }
    if (type != "S" && type != "N" && type != "B") return invalid("its type is " + type);
    if (!value.is_string()) return invalid(type + " holds no string");
    const auto& text = value.get_ref<const std::string&>();
    if (type == "S") return Attribute{text};
    if (type == "N") return Attribute{Number{text}};
    auto bytes = base64_decode(text);
    if (!bytes) return invalid("B holds no base64");
    return Attribute{Binary{std::move(*bytes)}};
}

Result<Attribute> read(const json& value, int depth) {
    if (!value.is_object() || value.size() != 1) return invalid("it is no object with one type");
    if (depth > max_depth) return invalid("it is nested deeper than 32 levels");
    const auto entry = value.begin();
    if (entry.key() == "L") return read_list(entry.value(), depth);
    if (entry.key() != "M") return read_scalar(entry.key(), entry.value());
    auto map = read_map(entry.value(), depth + 1);
    if (!map) return fail(std::move(map).error());
    return Attribute{std::move(*map)};
}

Result<Item> read_map(const json& values, int depth) {
    if (!values.is_object()) return invalid("a map is no object");
    Item item;
    for (auto entry = values.begin(); entry != values.end(); ++entry) {
        auto attribute = read(entry.value(), depth);
        if (!attribute) return fail(std::move(attribute).error());
        item.emplace(entry.key(), std::move(*attribute));
    }
    return item;
}

}  // namespace

json to_json(const Attribute& value) {
    return std::visit(Writer{}, value.value);
}

json to_json(const Item& item) {
    json object = json::object();
    for (const auto& [name, value] : item)
        object[name] = to_json(value);
    return object;
}

Result<Item> item_from_json(const json& values) {
    return read_map(values, 0);
}

}  // namespace weir::aws

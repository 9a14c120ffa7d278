#pragma once

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "server/openapi_files.h"

namespace weir::test {

using OrderedJson = nlohmann::ordered_json;

inline const OrderedJson& description() {
    static const OrderedJson json = OrderedJson::parse(openapi_files().front().bytes);
    return json;
}

// What a $ref stands for.
inline const OrderedJson& resolved(const OrderedJson& part) {
    if (!part.is_object() || !part.contains("$ref")) return part;
    return description().at(OrderedJson::json_pointer(part.at("$ref").get<std::string>().substr(1)));
}

// A member that may be missing, which is like an empty one.
inline const OrderedJson& member(const OrderedJson& holder, const char* name) {
    static const OrderedJson empty;
    const auto found = holder.find(name);
    return found == holder.end() ? empty : *found;
}

struct Operation {
    std::string method;  // "POST"
    std::string path;
    const OrderedJson* json = nullptr;
};

inline std::vector<Operation> operations() {
    std::vector<Operation> all;
    for (const auto& [path, methods] : description().at("paths").items())
        for (const auto& [method, operation] : methods.items()) {
            std::string upper = method;
            std::transform(upper.begin(), upper.end(), upper.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
            all.push_back({std::move(upper), path, &operation});
        }
    return all;
}

inline std::vector<OrderedJson> parameters_of(const Operation& operation) {
    std::vector<OrderedJson> all;
    for (const OrderedJson& parameter : member(*operation.json, "parameters"))
        all.push_back(resolved(parameter));
    return all;
}

}  // namespace weir::test

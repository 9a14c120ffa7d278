#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "aws/attribute_value.h"
#include "base/result.h"

namespace weir::aws {

// Attribute values as the JSON protocol writes them: {"S":"x"}, {"N":"1"}, {"B":"base64"}, {"BOOL":true},
// {"NULL":true}, {"L":[…]}, {"M":{…}}.
nlohmann::json to_json(const Attribute& value);
nlohmann::json to_json(const Item& item);

// Appends the text of to_json(item) without making a tree first: what a function that writes thousands of
// items does most. False when a text is no UTF-8; `out` then ends anywhere.
bool append_json(std::string& out, const Item& item);

// Fails with ErrorCode::invalid (reason "attribute-invalid") for anything else, sets and nesting deeper than
// the 32 levels of DynamoDB included.
Result<Item> item_from_json(const nlohmann::json& json);

}  // namespace weir::aws

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "aws/call.h"
#include "base/result.h"

namespace weir::aws {

struct JsonAnswer {
    bool succeeded = true;  // false: it is one of the errors that were expected
    nlohmann::json body;    // an object
};

// Calls an operation of a service that speaks JSON (awsJson1_0 and 1_1). Errors are those of Caller, and
// ErrorCode::invalid (reason "text-not-utf8") when the input holds text that is no UTF-8,
// ErrorCode::unreachable ("answer-invalid") when the answer is no JSON object.
Result<JsonAnswer> call_json(Caller& caller, const Service& service, std::string_view operation,
                             const nlohmann::json& input, std::vector<std::string> expected_errors = {},
                             Duration timeout = {});
// The same with the input as JSON text.
Result<JsonAnswer> call_json_text(Caller& caller, const Service& service, std::string_view operation,
                                  std::string input, std::vector<std::string> expected_errors = {},
                                  Duration timeout = {});

// JSON text of a value (reason "text-not-utf8").
Result<std::string> json_text(const nlohmann::json& value);
tl::unexpected<Error> not_utf8();  // the error of that reason
// A JSON value from text; nothing when it is none, or nested deeper than 128 levels (the library's parser has
// no limit of its own).
std::optional<nlohmann::json> read_json(std::string_view text);

// A member of an object, or what stands for it when it is missing or of another type: "", 0, an empty array.
std::string text_member(const nlohmann::json& object, const char* name);
double number_member(const nlohmann::json& object, const char* name);
const nlohmann::json& array_member(const nlohmann::json& object, const char* name);

}  // namespace weir::aws

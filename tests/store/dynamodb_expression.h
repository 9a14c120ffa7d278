#pragma once

#include "aws/dynamodb.h"

namespace weir::test {

// Evaluates a ConditionExpression or FilterExpression on an item (none: an empty one): comparisons,
// attribute_exists, attribute_not_exists, AND, OR, NOT and parentheses. What DynamoDB refuses is
// ErrorCode::refused, "ValidationException".
Result<bool> holds(const aws::Condition& condition, const aws::Item& item);

tl::unexpected<Error> validation_error(std::string message);

}  // namespace weir::test

#include <fmt/format.h>

#include "aws/attribute_json.h"
#include "aws/dynamodb_client.h"
#include "aws/services.h"

namespace weir::aws {
namespace {

using nlohmann::json;

const std::string condition_failed = "ConditionalCheckFailedException";

json key_of(const std::string& pk, const std::string& sk) {
    return {{"pk", {{"S", pk}}}, {"sk", {{"S", sk}}}};
}

json table_input(const std::string& table) {
    return {{"TableName", table}, {"ReturnConsumedCapacity", "TOTAL"}};
}

void add_placeholders(json& input, const Condition& condition) {
    for (const auto& [placeholder, name] : condition.names)
        input["ExpressionAttributeNames"][placeholder] = name;
    for (const auto& [placeholder, value] : condition.values)
        input["ExpressionAttributeValues"][placeholder] = to_json(value);
}

void add_condition(json& input, const Condition& condition) {
    if (condition.expression.empty()) return;
    input["ConditionExpression"] = condition.expression;
    input["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD";
    add_placeholders(input, condition);
}

// The key condition uses names of its own, so that a filter's cannot meet them.
void add_key_condition(json& input, const QueryRequest& request) {
    std::string expression = "pk = :weir_pk";
    json& values = input["ExpressionAttributeValues"];
    values[":weir_pk"] = {{"S", request.partition_key}};
    if (!request.sort_from.empty()) values[":weir_from"] = {{"S", request.sort_from}};
    if (!request.sort_to.empty()) values[":weir_to"] = {{"S", request.sort_to}};
    if (!request.sort_from.empty() && !request.sort_to.empty())
        expression += " AND sk BETWEEN :weir_from AND :weir_to";
    else if (!request.sort_from.empty())
        expression += " AND sk >= :weir_from";
    else if (!request.sort_to.empty())
        expression += " AND sk <= :weir_to";
    input["KeyConditionExpression"] = expression;
}

void add_projection(json& input, const std::vector<std::string>& attributes) {
    std::string expression;
    for (std::size_t i = 0; i < attributes.size(); ++i) {
        const std::string placeholder = fmt::format("#weir_{}", i);
        expression.append(i == 0 ? "" : ", ").append(placeholder);
        input["ExpressionAttributeNames"][placeholder] = attributes[i];
    }
    if (!attributes.empty()) input["ProjectionExpression"] = expression;
}

double units_of(const json& answer) {
    const auto consumed = answer.find("ConsumedCapacity");
    return consumed != answer.end() && consumed->is_object() ? number_member(*consumed, "CapacityUnits")
                                                             : 0.0;
}

Result<std::optional<Item>> item_member(const json& answer, const char* name) {
    const auto found = answer.find(name);
    if (found == answer.end() || found->is_null()) return std::optional<Item>{};
    auto item = item_from_json(*found);
    if (!item) return fail(std::move(item).error());
    return std::optional<Item>{std::move(*item)};
}

Result<void> check_keys(const std::string& table, const json& description) {
    std::string keys;
    for (const json& key : array_member(description, "KeySchema"))
        keys.append(keys.empty() ? "" : ", ").append(text_member(key, "AttributeName"));
    if (keys == "pk, sk") return {};
    return fail(ErrorCode::usage, "table-keys",
                fmt::format("the table {} has the keys ({}), not the (pk, sk) that weir writes", table, keys),
                "give a table of weir's own, as its stack creates it");
}

}  // namespace

Result<PutResult> DynamoDbClient::put(const std::string& table, const Item& item,
                                      const Condition& condition) {
    json input = table_input(table);
    input["Item"] = to_json(item);
    add_condition(input, condition);
    const auto answer = call_json(caller_, dynamodb_service, "PutItem", input, {condition_failed});
    if (!answer) return fail(answer.error());
    written_ += units_of(answer->body);
    if (answer->succeeded) return PutResult{};
    auto existing = item_member(answer->body, "Item");
    if (!existing) return fail(std::move(existing).error());
    return PutResult{false, std::move(*existing)};
}

Result<std::optional<Item>> DynamoDbClient::get(const std::string& table, const std::string& pk,
                                                const std::string& sk) {
    json input = table_input(table);
    input["Key"] = key_of(pk, sk);
    input["ConsistentRead"] = true;
    const auto answer = call_json(caller_, dynamodb_service, "GetItem", input);
    if (!answer) return fail(answer.error());
    read_ += units_of(answer->body);
    return item_member(answer->body, "Item");
}

Result<bool> DynamoDbClient::erase(const std::string& table, const std::string& pk, const std::string& sk,
                                   const Condition& condition) {
    json input = table_input(table);
    input["Key"] = key_of(pk, sk);
    if (!condition.expression.empty()) {
        input["ConditionExpression"] = condition.expression;
        add_placeholders(input, condition);
    }
    const auto answer = call_json(caller_, dynamodb_service, "DeleteItem", input, {condition_failed});
    if (!answer) return fail(answer.error());
    written_ += units_of(answer->body);
    return answer->succeeded;
}

Result<QueryPage> DynamoDbClient::query(const QueryRequest& request) {
    // DynamoDB takes such bounds for a mistake.
    if (!request.sort_to.empty() && request.sort_from > request.sort_to) return QueryPage{};
    json input = table_input(request.table);
    input["ConsistentRead"] = request.consistent;
    input["ScanIndexForward"] = !request.descending;
    if (request.limit > 0) input["Limit"] = request.limit;
    if (request.start) input["ExclusiveStartKey"] = to_json(*request.start);
    add_key_condition(input, request);
    add_projection(input, request.attributes);
    if (!request.filter.expression.empty()) {
        input["FilterExpression"] = request.filter.expression;
        add_placeholders(input, request.filter);
    }
    const auto answer = call_json(caller_, dynamodb_service, "Query", input);
    if (!answer) return fail(answer.error());
    read_ += units_of(answer->body);
    QueryPage page;
    for (const json& found : array_member(answer->body, "Items")) {
        auto item = item_from_json(found);
        if (!item) return fail(std::move(item).error());
        page.items.push_back(std::move(*item));
    }
    auto next = item_member(answer->body, "LastEvaluatedKey");
    if (!next) return fail(std::move(next).error());
    page.next = std::move(*next);
    return page;
}

Result<void> DynamoDbClient::check_table(const std::string& table) {
    const auto answer = call_json(caller_, dynamodb_service, "DescribeTable", json{{"TableName", table}});
    if (!answer) return fail(answer.error());
    const auto description = answer->body.find("Table");
    const json none = json::object();
    const json& found = description != answer->body.end() && description->is_object() ? *description : none;
    const std::string status = text_member(found, "TableStatus");
    if (status != "ACTIVE" && status != "UPDATING")
        return fail(ErrorCode::unavailable, "table-not-active",
                    fmt::format("the table {} is {}, not ACTIVE", table, status),
                    "wait until the stack is deployed");
    return check_keys(table, found);
}

std::unique_ptr<DynamoDb> make_dynamodb(Caller& caller, Clock& clock) {
    return std::make_unique<DynamoDbClient>(caller, clock, system_random());
}

}  // namespace weir::aws

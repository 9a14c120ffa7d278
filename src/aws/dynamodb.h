#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "aws/attribute_value.h"
#include "aws/call.h"
#include "aws/encoded_item.h"
#include "base/clock.h"
#include "base/result.h"

namespace weir::aws {

constexpr std::size_t max_item_bytes{400 * 1024};  // names and values (DynamoDB, "Service quotas")
constexpr std::size_t max_batch_write_items = 25;

// The size that DynamoDB bills and limits an item by (Developer Guide, "Item sizes and formats").
std::size_t item_bytes(const Item& item);
// Of a number: one byte and one more for two digits, without leading and trailing zeros; a sign costs one
// too.
std::size_t number_bytes(std::string_view text);

struct Condition {
    std::string expression;  // "attribute_not_exists(pk) OR as_of <= :as_of"; empty: none
    std::vector<std::pair<std::string, std::string>> names{};  // "#n" -> name
    Item values{};                                             // ":v" -> value
};

struct PutResult {
    bool written = true;           // false: the condition did not hold
    std::optional<Item> existing;  // then: what is there
};

struct QueryRequest {
    std::string table;
    std::string partition_key;  // value of `pk`
    // Bounds of `sk`, both inclusive; empty: open.
    std::string sort_from{}, sort_to{};
    bool descending = false;
    bool consistent = true;
    std::size_t limit = 0;                  // items a page; 0: as many as fit in 1 MB
    std::optional<Item> start{};            // LastEvaluatedKey of the page before
    Condition filter{};                     // FilterExpression
    std::vector<std::string> attributes{};  // only these; empty: all
};
struct QueryPage {
    std::vector<Item> items;
    std::optional<Item> next;  // the page after this one starts there
};

// Units consumed since the start, as DynamoDB reported them (ReturnConsumedCapacity TOTAL).
struct ConsumedCapacity {
    double write_units = 0;
    double read_units = 0;
};

// Tables with the string keys `pk` and `sk`. Thread-safe. Errors are those of Caller.
class DynamoDb {
  public:
    virtual ~DynamoDb() = default;
    virtual Result<PutResult> put(const std::string& table, const Item& item,
                                  const Condition& condition = {}) = 0;
    virtual Result<std::optional<Item>> get(const std::string& table, const std::string& pk,
                                            const std::string& sk) = 0;
    // Deletes an item; false when the condition did not hold.
    virtual Result<bool> erase(const std::string& table, const std::string& pk, const std::string& sk,
                               const Condition& condition = {}) = 0;
    // Puts any number of items of distinct keys, 25 or 16 MB a request, again and again those left
    // unprocessed or refused by throttling, with full jitter between, until all are written or ten requests
    // in a row wrote nothing (then ErrorCode::overloaded). No order among them.
    virtual Result<void> put_all(const std::string& table, std::span<const EncodedItem> items) = 0;
    // One page.
    virtual Result<QueryPage> query(const QueryRequest& request) = 0;
    // Whether the table is there and ACTIVE: for errors that help.
    virtual Result<void> check_table(const std::string& table) = 0;
    [[nodiscard]] virtual ConsumedCapacity consumed() const = 0;
};

std::unique_ptr<DynamoDb> make_dynamodb(Caller& caller, Clock& clock);

}  // namespace weir::aws

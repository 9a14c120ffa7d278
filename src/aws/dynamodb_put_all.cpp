#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "aws/attribute_json.h"
#include "aws/dynamodb_client.h"
#include "aws/services.h"

namespace weir::aws {
namespace {

using nlohmann::json;

// Of a BatchWriteItem's 16 MB; binary values count as base64, which is on the safe side.
constexpr std::size_t max_request_bytes = 15'000'000;
constexpr unsigned max_idle_rounds = 10;  // requests in a row of which nothing was written
constexpr double first_wait_ms = 50;
constexpr double longest_wait_ms = 5'000;
constexpr std::size_t item_text_overhead = 128;  // of an item's JSON: the types of its attributes, escapes

std::size_t batch_end(const std::vector<std::string>& requests, std::size_t begin) {
    std::size_t end = begin, bytes = 0;
    while (end < requests.size() && end - begin < max_batch_write_items) {
        bytes += requests[end].size();
        if (end > begin && bytes > max_request_bytes) break;
        ++end;
    }
    return end;
}

}  // namespace

Result<std::vector<std::string>> DynamoDbClient::write_batch(const std::string& table,
                                                             const std::vector<std::string>& requests) {
    const auto table_text = json_text(json(table));
    if (!table_text) return fail(table_text.error());
    const std::string input =
        fmt::format(R"({{"RequestItems":{{{}:[{}]}},"ReturnConsumedCapacity":"TOTAL"}})", *table_text,
                    fmt::join(requests, ","));
    const auto answer = call_json_text(caller_, dynamodb_service, "BatchWriteItem", input);
    if (!answer) return fail(answer.error());
    for (const json& consumed : array_member(answer->body, "ConsumedCapacity"))
        written_ += number_member(consumed, "CapacityUnits");
    std::vector<std::string> unprocessed;
    const auto left = answer->body.find("UnprocessedItems");
    if (left == answer->body.end() || !left->is_object()) return unprocessed;
    for (const json& of_table : *left) {
        if (!of_table.is_array()) continue;
        for (const json& request : of_table) {
            auto request_text = json_text(request);
            if (!request_text) return fail(std::move(request_text).error());
            unprocessed.push_back(std::move(*request_text));
        }
    }
    return unprocessed;
}

void DynamoDbClient::wait_before_round(unsigned round) {
    const double longest = std::min(first_wait_ms * std::exp2(round), longest_wait_ms);
    clock_.sleep_until(clock_.steady_now() +
                       std::chrono::milliseconds{static_cast<std::int64_t>(random_() * longest)});
}

Result<void> DynamoDbClient::put_all(const std::string& table, std::vector<Item> items) {
    std::vector<std::string> waiting;
    waiting.reserve(items.size());
    for (const Item& item : items) {
        std::string request = R"({"PutRequest":{"Item":)";
        request.reserve(request.size() + item_bytes(item) * 5 / 4 + item_text_overhead);
        if (!append_json(request, item)) return not_utf8();
        request += "}}";
        waiting.push_back(std::move(request));
    }
    items.clear();
    unsigned idle_rounds = 0;
    for (std::size_t begin = 0; begin < waiting.size();) {
        const std::size_t end = batch_end(waiting, begin);
        const auto first = waiting.begin() + static_cast<std::ptrdiff_t>(begin);
        const std::vector<std::string> batch(
            std::make_move_iterator(first),
            std::make_move_iterator(first + static_cast<std::ptrdiff_t>(end - begin)));
        auto unprocessed = write_batch(table, batch);
        if (!unprocessed) return fail(std::move(unprocessed).error());
        begin = end;
        if (unprocessed->empty()) {
            idle_rounds = 0;
            continue;
        }
        idle_rounds = unprocessed->size() < batch.size() ? 0 : idle_rounds + 1;
        if (idle_rounds >= max_idle_rounds)
            return fail(ErrorCode::overloaded, "UnprocessedItems",
                        fmt::format("the table {} wrote none of {} items in {} requests", table, batch.size(),
                                    max_idle_rounds),
                        "the table is throttled: send more slowly, or raise its capacity");
        std::move(unprocessed->begin(), unprocessed->end(), std::back_inserter(waiting));
        wait_before_round(idle_rounds);
    }
    return {};
}

}  // namespace weir::aws

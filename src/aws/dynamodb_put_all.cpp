#include <algorithm>
#include <cmath>
#include <deque>
#include <iterator>

#include <fmt/format.h>

#include "aws/dynamodb_client.h"
#include "aws/services.h"

namespace weir::aws {
namespace {

using nlohmann::json;

// Of a BatchWriteItem's 16 MB; JSON counts whole, which is on the safe side.
constexpr std::size_t max_request_bytes = 15'000'000;
// Requests in a row of which nothing was written: refused as a whole (the caller's own tries used up), or all
// left unprocessed.
constexpr unsigned max_idle_rounds = 10;
constexpr double first_wait_ms = 50;
constexpr double longest_wait_ms = 5'000;

// What is still to be written, and the next request for it.
class Waiting {
  public:
    explicit Waiting(std::span<const EncodedItem> items) : items_(items) {}

    // Left unprocessed: written after everything else.
    void add(std::vector<std::string> requests) {
        std::move(requests.begin(), requests.end(), std::back_inserter(again_));
    }
    [[nodiscard]] bool is_empty() const { return items_.empty() && again_.empty(); }

    struct Request {
        std::string input;
        std::size_t items = 0;
        std::span<const EncodedItem> before;  // what waited for its first time when it was made
        std::vector<std::string> again;       // its requests that were left unprocessed before
    };
    Request next(std::string_view table_text) {
        Request request;
        request.before = items_;
        std::string& input = request.input;
        input.reserve(expected_size(table_text));
        input.append(R"({"RequestItems":{)").append(table_text).append(":[");
        while (!is_empty() && request.items < max_batch_write_items) {
            const std::size_t end = input.size();
            if (request.items > 0) input += ',';
            append_next(input);
            if (request.items > 0 && input.size() > max_request_bytes) {
                input.resize(end);
                break;
            }
            drop_next(request);
            ++request.items;
        }
        input += R"(]},"ReturnConsumedCapacity":"TOTAL"})";
        return request;
    }
    // The last one, of which nothing was written.
    void put_back(Request request) {
        items_ = request.before;
        add(std::move(request.again));
    }

  private:
    // Of a request for items that are written for the first time: nearly all.
    [[nodiscard]] std::size_t expected_size(std::string_view table_text) const {
        constexpr std::size_t around_items = 64, around_item = 32;
        std::size_t size = table_text.size() + around_items;
        for (const EncodedItem& item : items_.first(std::min(items_.size(), max_batch_write_items)))
            size += item.json.size() + around_item;
        return std::min(size, max_request_bytes);
    }

    void append_next(std::string& input) const {
        if (items_.empty())
            input += again_.front();
        else
            input.append(R"({"PutRequest":{"Item":)").append(items_.front().json).append("}}");
    }

    void drop_next(Request& request) {
        if (!items_.empty()) {
            items_ = items_.subspan(1);
            return;
        }
        request.again.push_back(std::move(again_.front()));
        again_.pop_front();
    }

    std::span<const EncodedItem> items_;
    std::deque<std::string> again_;
};

}  // namespace

Result<std::vector<std::string>> DynamoDbClient::write_batch(std::string input) {
    const auto answer = call_json_text(caller_, dynamodb_service, "BatchWriteItem", std::move(input));
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

Result<void> DynamoDbClient::put_all(const std::string& table, std::span<const EncodedItem> items) {
    const auto table_text = json_text(json(table));
    if (!table_text) return fail(table_text.error());
    Waiting waiting(items);
    unsigned idle_rounds = 0;
    while (!waiting.is_empty()) {
        auto request = waiting.next(*table_text);
        auto unprocessed = write_batch(std::move(request.input));
        if (!unprocessed &&
            (unprocessed.error().code != ErrorCode::overloaded || ++idle_rounds >= max_idle_rounds))
            return fail(std::move(unprocessed).error());
        if (!unprocessed) {
            waiting.put_back(std::move(request));
            wait_before_round(idle_rounds);
            continue;
        }
        if (unprocessed->empty()) {
            idle_rounds = 0;
            continue;
        }
        idle_rounds = unprocessed->size() < request.items ? 0 : idle_rounds + 1;
        if (idle_rounds >= max_idle_rounds)
            return fail(ErrorCode::overloaded, "UnprocessedItems",
                        fmt::format("the table {} wrote none of {} items in {} requests", table,
                                    request.items, max_idle_rounds),
                        "the table is throttled: send more slowly, or raise its capacity");
        waiting.add(*std::move(unprocessed));
        wait_before_round(idle_rounds);
    }
    return {};
}

}  // namespace weir::aws

#include "aws/dynamodb.h"

#include <functional>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "aws/attribute_json.h"
#include "aws/dynamodb_client.h"
#include "aws/recorded_caller.h"
#include "support/manual_clock.h"

namespace weir::aws::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

struct World {
    RecordedCaller caller;
    weir::test::ManualClock clock{timestamp_from_ms(0)};
    DynamoDbClient table{caller, clock, [] { return 1.0; }};
};

const Item item{{"pk", text("p")}, {"sk", text("s")}, {"n", number(-7)}, {"b", binary("\x01\xff")}};

TEST(DynamoDb, a_put_sends_typed_attributes_and_its_condition) {
    World world;
    world.caller.answer(R"({"ConsumedCapacity":{"TableName":"t","CapacityUnits":3.0}})");
    const auto put = world.table.put("t", item, {"#a < :v", {{"#a", "as_of"}}, {{":v", number(5)}}});
    ASSERT_TRUE(put);
    EXPECT_TRUE(put->written);
    EXPECT_EQ(world.caller.asked[0].operation, "PutItem");
    EXPECT_EQ(world.caller.asked[0].input(), json::parse(R"({
        "TableName":"t", "Item":{"pk":{"S":"p"},"sk":{"S":"s"},"n":{"N":"-7"},"b":{"B":"Af8="}},
        "ConditionExpression":"#a < :v", "ExpressionAttributeNames":{"#a":"as_of"},
        "ExpressionAttributeValues":{":v":{"N":"5"}},
        "ReturnValuesOnConditionCheckFailure":"ALL_OLD", "ReturnConsumedCapacity":"TOTAL"})"));
    EXPECT_EQ(world.table.consumed().write_units, 3.0);
}

TEST(DynamoDb, a_condition_that_does_not_hold_gives_what_is_there) {
    World world;
    world.caller.answer(R"({"__type":"x","Item":{"pk":{"S":"p"},"sk":{"S":"s"}}})",
                        "ConditionalCheckFailedException");
    const auto put = world.table.put("t", item, {"attribute_not_exists(pk)"});
    ASSERT_TRUE(put);
    EXPECT_FALSE(put->written);
    ASSERT_TRUE(put->existing);
    EXPECT_EQ(text_of(*put->existing, "pk"), "p");
    EXPECT_EQ(world.caller.asked[0].request.expected_errors,
              std::vector<std::string>{"ConditionalCheckFailedException"});
}

TEST(DynamoDb, an_item_that_is_not_there_is_none) {
    World world;
    world.caller.answer(R"({"ConsumedCapacity":{"CapacityUnits":0.5}})");
    const auto found = world.table.get("t", "p", "s");
    ASSERT_TRUE(found);
    EXPECT_FALSE(*found);
    EXPECT_EQ(world.caller.asked[0].input()["ConsistentRead"], true);
    EXPECT_EQ(world.table.consumed().read_units, 0.5);
}

TEST(DynamoDb, a_query_asks_for_its_range_and_follows_pages) {
    World world;
    world.caller.answer(R"({"Items":[{"sk":{"S":"a"}},{"sk":{"S":"b"}}],
                            "LastEvaluatedKey":{"pk":{"S":"p"},"sk":{"S":"b"}}})");
    world.caller.answer(R"({"Items":[]})");
    QueryRequest request;
    request.table = "t";
    request.partition_key = "p";
    request.sort_from = "a";
    request.sort_to = "z";
    request.descending = true;
    request.limit = 2;
    request.attributes = {"sk", "count"};
    request.filter = {"expires > :now", {}, {{":now", number(1)}}};
    auto page = world.table.query(request);
    ASSERT_TRUE(page) << page.error().message;
    ASSERT_EQ(page->items.size(), 2U);
    const json input = world.caller.asked[0].input();
    EXPECT_EQ(input["KeyConditionExpression"], "pk = :weir_pk AND sk BETWEEN :weir_from AND :weir_to");
    EXPECT_EQ(input["ExpressionAttributeValues"],
              json::parse(
                  R"({":weir_pk":{"S":"p"},":weir_from":{"S":"a"},":weir_to":{"S":"z"},":now":{"N":"1"}})"));
    EXPECT_EQ(input["ScanIndexForward"], false);
    EXPECT_EQ(input["Limit"], 2);
    EXPECT_EQ(input["FilterExpression"], "expires > :now");
    EXPECT_EQ(input["ProjectionExpression"], "#weir_0, #weir_1");
    EXPECT_EQ(input["ExpressionAttributeNames"], json::parse(R"({"#weir_0":"sk","#weir_1":"count"})"));
    request.start = page->next;
    page = world.table.query(request);
    ASSERT_TRUE(page);
    EXPECT_FALSE(page->next);
    EXPECT_EQ(world.caller.asked[1].input()["ExclusiveStartKey"],
              json::parse(R"({"pk":{"S":"p"},"sk":{"S":"b"}})"));
}

TEST(DynamoDb, open_bounds_are_left_out_and_crossed_ones_find_nothing) {
    World world;
    const auto condition = [&](const std::string& from, const std::string& to) {
        world.caller.answer(R"({"Items":[]})");
        QueryRequest request;
        request.partition_key = "p";
        request.sort_from = from;
        request.sort_to = to;
        EXPECT_TRUE(world.table.query(request));
        return world.caller.asked.back().input()["KeyConditionExpression"].get<std::string>();
    };
    EXPECT_EQ(condition("", ""), "pk = :weir_pk");
    EXPECT_EQ(condition("a", ""), "pk = :weir_pk AND sk >= :weir_from");
    EXPECT_EQ(condition("", "z"), "pk = :weir_pk AND sk <= :weir_to");
    const std::size_t asked = world.caller.asked.size();
    QueryRequest crossed;
    crossed.sort_from = "b";
    crossed.sort_to = "a";
    const auto page = world.table.query(crossed);
    ASSERT_TRUE(page);
    EXPECT_TRUE(page->items.empty());
    EXPECT_EQ(world.caller.asked.size(), asked);
}

EncodedItems items(std::size_t count) {
    EncodedItems all;
    for (std::size_t i = 0; i < count; ++i)
        EXPECT_TRUE(all.add({{"pk", text("p")}, {"sk", text(std::to_string(i))}}));
    return all;
}

// What BatchWriteItem leaves of a request: those of its items that `keep` says.
std::string unprocessed(const json& input, std::size_t first) {
    json left = json::array();
    const json& requests = input["RequestItems"]["t"];
    for (std::size_t i = first; i < requests.size(); ++i)
        left.push_back(requests[i]);
    return json{{"UnprocessedItems", {{"t", left}}}}.dump();
}

TEST(DynamoDb, items_are_written_25_a_request) {
    World world;
    for (int i = 0; i < 3; ++i)
        world.caller.answer(R"({"UnprocessedItems":{},"ConsumedCapacity":[{"CapacityUnits":2.0}]})");
    const EncodedItems sixty = items(60);
    ASSERT_TRUE(world.table.put_all("t", sixty.all()));
    ASSERT_EQ(world.caller.asked.size(), 3U);
    EXPECT_EQ(world.caller.asked[0].input()["RequestItems"]["t"].size(), 25U);
    EXPECT_EQ(world.caller.asked[2].input()["RequestItems"]["t"].size(), 10U);
    EXPECT_EQ(world.table.consumed().write_units, 6.0);
    EXPECT_EQ(to_ms(world.clock.now()), 0);
}

// Writes some of each request, as a throttled table does.
class PartialCaller final : public Caller {
  public:
    explicit PartialCaller(std::size_t writes) : writes_(writes) {}
    Result<Answer> call(const Service&, Request request) override {
        if (refuses(++calls)) return fail(ErrorCode::overloaded, "ThrottlingException", "slower");
        const json input = json::parse(request.body);
        const json& requests = input["RequestItems"]["t"];
        EXPECT_LE(requests.size(), max_batch_write_items);
        for (std::size_t i = 0; i < std::min(writes_, requests.size()); ++i)
            written.push_back(requests[i]["PutRequest"]["Item"]["sk"]["S"]);
        Answer answer;
        answer.status = 200;
        answer.body = unprocessed(input, writes_);
        return answer;
    }
    void cancel() override {}
    [[nodiscard]] const std::string& region() const override { return region_; }

    std::vector<std::string> written;
    int calls = 0;
    std::function<bool(int call)> refuses = [](int) { return false; };

  private:
    std::size_t writes_;
    std::string region_;
};

TEST(DynamoDb, what_is_left_unprocessed_is_sent_again_until_all_is_written) {
    PartialCaller caller{7};
    weir::test::ManualClock clock{timestamp_from_ms(0)};
    DynamoDbClient table{caller, clock, [] { return 1.0; }};
    const EncodedItems sixty = items(60);
    ASSERT_TRUE(table.put_all("t", sixty.all()));
    std::sort(caller.written.begin(), caller.written.end());
    EXPECT_EQ(std::unique(caller.written.begin(), caller.written.end()), caller.written.end());
    EXPECT_EQ(caller.written.size(), 60U);
    EXPECT_GT(to_ms(clock.now()), 0);
}

TEST(DynamoDb, a_table_that_writes_nothing_is_overloaded_after_ten_requests) {
    PartialCaller caller{0};
    weir::test::ManualClock clock{timestamp_from_ms(0)};
    DynamoDbClient table{caller, clock, [] { return 1.0; }};
    const EncodedItems three = items(3);
    const auto put = table.put_all("t", three.all());
    ASSERT_FALSE(put);
    EXPECT_EQ(put.error().code, ErrorCode::overloaded);
    EXPECT_EQ(caller.calls, 10);
    // 100, 200 … 3,200 ms, then 5 s at most
    EXPECT_EQ(to_ms(clock.now()), 100 + 200 + 400 + 800 + 1600 + 3200 + 5000 * 3);
}

// Its units were just taken by others: that is no reason to write all of a batch once more.
TEST(DynamoDb, items_of_a_request_that_is_refused_by_throttling_are_sent_again) {
    PartialCaller caller{20};
    weir::test::ManualClock clock{timestamp_from_ms(0)};
    DynamoDbClient table{caller, clock, [] { return 1.0; }};
    // Each second request is refused: of items that come for the first time, and of those left unprocessed.
    caller.refuses = [](int call) { return call % 2 == 1; };
    const EncodedItems seventy = items(70);
    ASSERT_TRUE(table.put_all("t", seventy.all()));
    std::sort(caller.written.begin(), caller.written.end());
    EXPECT_EQ(std::unique(caller.written.begin(), caller.written.end()), caller.written.end());
    EXPECT_EQ(caller.written.size(), 70U);
    EXPECT_GT(to_ms(clock.now()), 0);
}

TEST(DynamoDb, a_table_that_refuses_every_request_is_overloaded_after_ten) {
    PartialCaller caller{25};
    weir::test::ManualClock clock{timestamp_from_ms(0)};
    DynamoDbClient table{caller, clock, [] { return 1.0; }};
    caller.refuses = [](int) { return true; };
    const EncodedItems three = items(3);
    const auto put = table.put_all("t", three.all());
    ASSERT_FALSE(put);
    EXPECT_EQ(put.error().reason, "ThrottlingException");
    EXPECT_EQ(caller.calls, 10);
}

TEST(DynamoDb, a_table_must_be_active_and_weirs_own) {
    World world;
    const auto check = [&](const std::string& status, const std::string& first, const std::string& second) {
        world.caller.answer(json{{"Table",
                                  {{"TableStatus", status},
                                   {"KeySchema", {{{"AttributeName", first}}, {{"AttributeName", second}}}}}}}
                                .dump());
        return world.table.check_table("t");
    };
    EXPECT_TRUE(check("ACTIVE", "pk", "sk"));
    EXPECT_EQ(check("CREATING", "pk", "sk").error().code, ErrorCode::unavailable);
    EXPECT_EQ(check("ACTIVE", "id", "sk").error().reason, "table-keys");
    world.caller.refuse(ErrorCode::not_found, "ResourceNotFoundException");
    EXPECT_EQ(world.table.check_table("t").error().code, ErrorCode::not_found);
}

TEST(DynamoDb, text_that_is_no_utf8_is_refused_before_it_is_sent) {
    World world;
    const auto put = world.table.put("t", {{"pk", text("\xff")}}, {});
    ASSERT_FALSE(put);
    EXPECT_EQ(put.error().reason, "text-not-utf8");
    EXPECT_TRUE(world.caller.asked.empty());
}

// The sums are made by hand from the Developer Guide, "Item sizes and formats".
TEST(ItemBytes, are_those_of_the_developer_guide) {
    EXPECT_EQ(item_bytes({{"pk", text("abc")}}), 2U + 3U);
    EXPECT_EQ(item_bytes({{"pk", text("ä")}}), 2U + 2U);
    EXPECT_EQ(item_bytes({{"n", number(12345)}}), 1U + 3U + 1U);
    EXPECT_EQ(item_bytes({{"n", number(-1200)}}), 1U + 1U + 1U + 1U);
    EXPECT_EQ(item_bytes({{"n", number(0)}}), 1U + 1U);
    EXPECT_EQ(item_bytes({{"b", binary("12345")}}), 1U + 5U);
    EXPECT_EQ(item_bytes({{"x", Attribute{}}}), 1U + 1U);
    EXPECT_EQ(item_bytes({{"x", Attribute{true}}}), 1U + 1U);
    EXPECT_EQ(item_bytes({{"m", Attribute{AttributeMap{}}}}), 1U + 3U);
    EXPECT_EQ(item_bytes({{"m", Attribute{AttributeMap{{"ab", text("c")}}}}}), 1U + 3U + 2U + 1U + 1U);
    EXPECT_EQ(item_bytes({{"l", Attribute{std::vector<Attribute>{text("c"), text("de")}}}}),
              1U + 3U + (1U + 1U) + (2U + 1U));
}

TEST(AttributeJson, whatever_is_no_attribute_value_is_refused) {
    for (const std::string text :
         {R"([])", R"({"a":1})", R"({"a":{}})", R"({"a":{"S":1}})", R"({"a":{"S":"x","N":"1"}})",
          R"({"a":{"SS":["x"]}})", R"({"a":{"B":"*"}})", R"({"a":{"L":{}}})", R"({"a":{"M":[]}})",
          R"({"a":{"BOOL":"true"}})", R"({"a":{"L":[1]}})"}) {
        const auto read = item_from_json(json::parse(text));
        ASSERT_FALSE(read) << text;
        EXPECT_EQ(read.error().reason, "attribute-invalid");
    }
    json deep = {{"S", "x"}};
    for (int i = 0; i < 40; ++i)
        deep = {{"L", {deep}}};
    EXPECT_FALSE(item_from_json({{"a", deep}}));
}

RC_GTEST_PROP(AttributeJson, binary_values_come_back, (const std::string& bytes)) {
    const Item before{{"b", binary(bytes)},
                      {"l", Attribute{std::vector<Attribute>{binary(bytes), number(1)}}}};
    const auto after = item_from_json(json::parse(to_json(before).dump()));
    RC_ASSERT(after.has_value());
    RC_ASSERT(*after == before);
}

}  // namespace
}  // namespace weir::aws::test

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>

#include "codec/batch_decoder.h"
#include "codec/batch_invariants.h"
#include "codec/decoding.h"
#include "codec/json_elements.h"

namespace weir {
namespace {

using test::decode;
using test::key_of;

constexpr std::string_view good = R"({"event_id":"a-1","ts":"2026-11-24T00:15:53Z","County":"Delaware"})";

Result<Batch> decode_json(std::string body, const EventLimits& limits = {}) {
    auto batch = decode(MediaType::json, std::move(body), limits);
    if (batch) {
        EXPECT_EQ(test::broken_invariant(*batch), "");
    }
    return batch;
}

TEST(JsonDecoder, takes_an_array_of_events) {
    const auto batch = decode_json("[" + std::string(good) + ", " + std::string(good) + "]");
    ASSERT_TRUE(batch);
    ASSERT_EQ(batch->events.size(), 2U);
    EXPECT_EQ(batch->format, LineFormat::ndjson);
    EXPECT_EQ(batch->line(batch->events[1]), good);
}

TEST(JsonDecoder, takes_one_event) {
    const auto batch = decode_json("\xEF\xBB\xBF \n" + std::string(good) + "\r\n");
    ASSERT_TRUE(batch);
    ASSERT_EQ(batch->events.size(), 1U);
    EXPECT_EQ(batch->line(batch->events[0]), good);
}

TEST(JsonDecoder, takes_no_events_at_all) {
    for (const char* body : {"", "\xEF\xBB\xBF", "[]", " [ \n ] "}) {
        const auto batch = decode_json(body);
        ASSERT_TRUE(batch) << body;
        EXPECT_EQ(batch->received, 0U);
    }
}

TEST(JsonDecoder, keeps_an_element_of_several_lines_on_one) {
    const auto batch = decode_json(
        "[\n  {\r\n  \"event_id\" : \"a-1\",\n\t\"ts\": \"2026-11-24T00:15:53Z\", \"x\": [1.10, 2e0, \"a  b "
        "\\\" c\"]\n  }\n]\n");
    ASSERT_TRUE(batch);
    ASSERT_EQ(batch->events.size(), 1U);
    EXPECT_EQ(batch->line(batch->events[0]),
              R"({"event_id":"a-1","ts":"2026-11-24T00:15:53Z","x":[1.10,2e0,"a  b \" c"]})");
}

// The fields of a flat element are views into the text that is made shorter in place.
TEST(JsonDecoder, an_element_of_several_lines_has_the_same_key_and_id_as_on_one) {
    EventLimits limits;
    limits.hash_foreign_ids = true;
    const std::string spread =
        "{\n    \"event_id\": \"probe:7\",\n    \"ts\": \"2026-11-24T00:15:53Z\",\n    \"County\": "
        "\"Delaware\"\n}";
    const auto batch = decode_json("[" + spread + ",\n" + spread + std::string(200, ' ') + "]", limits);
    ASSERT_TRUE(batch);
    ASSERT_EQ(batch->events.size(), 2U);
    for (std::size_t i = 0; i < 2; ++i)
        EXPECT_EQ(key_of(*batch, i), "Delaware");
    EXPECT_EQ(batch->foreign_ids, std::vector(2, hash128("probe:7")));
}

TEST(JsonDecoder, an_element_on_one_line_is_not_altered) {
    const std::string spaced = R"({ "event_id" : "a-1" , "ts" : 1795479353123 })";
    const auto batch = decode_json("[ " + spaced + " \n ]");
    ASSERT_TRUE(batch);
    EXPECT_EQ(batch->line(batch->events.at(0)), spaced);
}

TEST(JsonDecoder, an_element_that_is_no_event_costs_that_element_alone) {
    const std::string deep = std::string(70, '[') + "1" + std::string(70, ']');
    const auto batch = decode_json("[" + std::string(good) + ", 17, null, {\n}, " + deep +
                                   ", {\"a\":\"\xFF\"}, {\"a\":\"\\ud800\"}," + std::string(good) + "]");
    ASSERT_TRUE(batch) << batch.error().message;
    EXPECT_EQ(batch->received, 8U);
    EXPECT_EQ(batch->events.size(), 2U);
    ASSERT_EQ(batch->rejected.size(), 6U);
    const std::vector<std::string_view> reasons{"not_an_object",   "not_an_object", "event_id_missing",
                                                "nested_too_deep", "invalid_utf8",  "invalid_utf8"};
    for (std::size_t i = 0; i < reasons.size(); ++i) {
        EXPECT_EQ(code_of(batch->rejected[i].reason), reasons[i]);
        EXPECT_EQ(batch->rejected[i].line, i + 2);
    }
    EXPECT_EQ(batch->rejected[2].bytes, "{\n}") << "as it came";
}

TEST(JsonDecoder, an_element_over_the_line_limit_costs_that_element_alone) {
    EventLimits limits;
    limits.max_line_bytes = 100;
    const auto batch = decode_json("[" + std::string(good) + ",\"" + std::string(200, 'x') + "\"]", limits);
    ASSERT_TRUE(batch);
    EXPECT_EQ(batch->events.size(), 1U);
    EXPECT_EQ(batch->rejected.at(0).reason, RejectReason::line_too_long);
}

TEST(JsonDecoder, refuses_a_body_that_is_no_json_whole) {
    const std::string g(good);
    for (const std::string& body : {std::string(" "),
                                    std::string("x"),
                                    std::string("17"),
                                    std::string("\"text\""),
                                    std::string("["),
                                    "[" + g,
                                    "[" + g + ",]",
                                    "[," + g + "]",
                                    "[" + g + " " + g + "]",
                                    "[" + g + "]]",
                                    "[" + g + "}",
                                    "[" + g + "] x",
                                    g + " x",
                                    g + g,
                                    "{" + g,
                                    g + "\n" + g,
                                    std::string("[{\"a\":1]}"),
                                    std::string("[tru]"),
                                    std::string("[\"a]"),
                                    std::string("[}"),
                                    "[" + g + ",[1,]]",
                                    std::string("{\"a\":1"),
                                    std::string("[{\"a\":\"\\x\"}]")}) {
        const auto batch = decode_json(body);
        ASSERT_FALSE(batch) << body;
        EXPECT_EQ(batch.error().code, ErrorCode::invalid);
        EXPECT_EQ(batch.error().reason, "json-invalid");
    }
}

TEST(JsonDecoder, says_where_the_body_stops_being_json) {
    const auto batch = decode_json("[" + std::string(good) + ",\n{\"a\":tru}]");
    ASSERT_FALSE(batch);
    EXPECT_NE(batch.error().message.find("element 2 at byte 69"), std::string::npos) << batch.error().message;
}

// Soup of tokens: what nlohmann's parser takes for an array is exactly what is taken apart without a problem.
TEST(JsonElements, agrees_with_a_whole_parser) {
    EXPECT_TRUE(rc::check([] {
        const std::vector<std::string> values{"1",           "{}",        "[]", "null", "{\"b\":[1,{}]}",
                                              "\"x,]\\\"\"", "[[1],\n2]", " 3 "};
        const std::vector<std::string> tokens{"[", "]", "{", "}", ",", "\"a\":", "\"", "\\", " ", "\n", "1"};
        std::string body = "[";
        for (const auto& value : *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(values)))
            body += (body.size() > 1 ? "," : "") + value;
        body += "]";
        for (auto changes = *rc::gen::inRange(0, 4); changes > 0; --changes) {
            const std::size_t at = *rc::gen::inRange<std::size_t>(0, body.size() + 1);
            body.replace(at, *rc::gen::inRange<std::size_t>(0, 3), *rc::gen::elementOf(tokens));
        }
        RC_PRE(body.find_first_not_of(" \n") != std::string::npos &&
               body[body.find_first_not_of(" \n")] == '[');
        JsonElements elements(body);
        std::vector<std::string> found;
        auto step = elements.next();
        bool valid = true;
        for (; step == JsonElements::Step::element; step = elements.next()) {
            found.emplace_back(elements.element());
            valid = valid && nlohmann::json::accept(found.back());
        }
        valid = valid && step == JsonElements::Step::end;
        const auto whole = nlohmann::json::parse(body, nullptr, false);
        RC_TAG(!whole.is_discarded());
        RC_ASSERT(valid == !whole.is_discarded());
        if (!valid) return;
        RC_ASSERT(found.size() == whole.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
            RC_ASSERT(nlohmann::json::parse(found[i]) == whole[i]);
            std::string small = found[i];
            small.resize(minify_json(small.data(), small.size()));
            RC_ASSERT(nlohmann::json::parse(small) == whole[i]);
            RC_ASSERT(small.find('\n') == std::string::npos);
        }
    }));
}

}  // namespace
}  // namespace weir

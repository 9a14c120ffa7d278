// CloudEvents 1.0.2: examples and rules of the specification, its JSON format and its HTTP binding.
#include "codec/cloud_events.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "codec/batch_decoder.h"
#include "codec/batch_invariants.h"
#include "codec/decoding.h"

namespace weir::test {
namespace {

using Json = nlohmann::json;

const Json sample = Json::parse(R"({"specversion":"1.0","type":"com.example.reading","source":"/stations/7",
    "id":"A234-1234-1234","time":"2026-11-24T00:15:50Z","datacontenttype":"application/json",
    "data":{"County":"Kent","level":1.50}})");

Batch decode_event(const std::string& body, MediaType media = MediaType::cloudevent) {
    auto batch = decode(media, body);
    if (!batch) throw std::runtime_error(batch.error().message);
    EXPECT_EQ(broken_invariant(*batch), "");
    return *std::move(batch);
}

Json event_of(const std::string& body) {
    const Batch batch = decode_event(body);
    if (batch.events.size() != 1) {
        ADD_FAILURE() << (batch.rejected.empty() ? "nothing" : batch.rejected[0].message);
        return {};
    }
    return Json::parse(batch.line(batch.events[0]));
}

Json with(const std::string& name, const Json& value) {
    Json event = sample;
    event[name] = value;
    return event;
}
Json without(const std::string& name) {
    Json event = sample;
    event.erase(name);
    return event;
}

std::string reason_of(const Json& event) {
    const Batch batch = decode_event(event.dump());
    return batch.rejected.size() == 1 ? std::string(code_of(batch.rejected[0].reason)) : "none";
}

TEST(CloudEvents, data_stands_beside_the_attributes) {
    Json event = event_of(sample.dump());
    EXPECT_EQ(event.at("event_id").get<std::string>().substr(0, 3), "ce_");
    event.erase("event_id");
    EXPECT_EQ(event, Json::parse(R"({"ts":"2026-11-24T00:15:50.000Z","ce_specversion":"1.0",
        "ce_type":"com.example.reading","ce_source":"/stations/7","ce_id":"A234-1234-1234",
        "ce_time":"2026-11-24T00:15:50Z","ce_datacontenttype":"application/json","County":"Kent","level":1.5})"));
    const Batch batch = decode_event(sample.dump());
    EXPECT_EQ(key_of(batch, 0), "Kent");
}

TEST(CloudEvents, data_is_kept_digit_for_digit) {
    const std::string body =
        R"({"specversion":"1.0","id":"1","source":"s","type":"t","data":{"n":1.50,"big":123456789012345678901234}})";
    const Batch batch = decode_event(body);
    ASSERT_EQ(batch.events.size(), 1U);
    EXPECT_TRUE(
        std::string(batch.line(batch.events[0])).ends_with(R"("n":1.50,"big":123456789012345678901234})"));
}

TEST(CloudEvents, source_and_id_make_the_event_id) {
    const std::string id = event_of(sample.dump()).at("event_id");
    EXPECT_EQ(event_of(with("data", Json::object()).dump()).at("event_id"), id);
    EXPECT_NE(event_of(with("id", "other").dump()).at("event_id"), id);
    EXPECT_NE(event_of(with("source", "/stations/8").dump()).at("event_id"), id);
    Json one = with("source", "a\nb"), two = with("source", "a");
    one["id"] = "c";
    two["id"] = "b\nc";
    EXPECT_NE(event_of(one.dump()).at("event_id"), event_of(two.dump()).at("event_id"));
}

TEST(CloudEvents, time_may_have_any_offset_or_be_missing) {
    const auto ts = [](const Json& event) { return event_of(event.dump()).at("ts").get<std::string>(); };
    EXPECT_EQ(ts(with("time", "2026-11-24T01:45:50.25+01:30")), "2026-11-24T00:15:50.250Z");
    EXPECT_EQ(ts(with("time", "2026-11-23T19:15:50-05:00")), "2026-11-24T00:15:50.000Z");
    EXPECT_EQ(ts(without("time")), "2026-11-24T00:15:53.123Z");
    EXPECT_EQ(ts(with("time", nullptr)), "2026-11-24T00:15:53.123Z");
    for (const Json& bad :
         {Json("yesterday"), Json("2026-11-24T00:15:50+24:00"), Json("2026-11-24T00:15:50+01:60"),
          Json(1795479350), Json("2026-11-24T00:15:50"), Json("+01:00")})
        EXPECT_EQ(reason_of(with("time", bad)), "ts_invalid") << bad;
    EXPECT_EQ(reason_of(with("time", "2026-11-24T00:18:50Z")), "ts_in_future");
}

TEST(CloudEvents, required_attributes_are_required) {
    for (const char* name : {"specversion", "id", "source", "type"}) {
        EXPECT_EQ(reason_of(without(name)), "cloudevent_invalid") << name;
        for (const Json& bad : {Json(nullptr), Json(""), Json(7), Json::object()})
            EXPECT_EQ(reason_of(with(name, bad)), "cloudevent_invalid") << name << bad;
    }
    EXPECT_EQ(reason_of(with("specversion", "0.3")), "cloudevent_invalid");
    EXPECT_EQ(reason_of(with("data_base64", "AAEC")), "cloudevent_invalid");
}

TEST(CloudEvents, other_data_is_kept_as_it_came) {
    EXPECT_EQ(event_of(with("data", "text").dump()).at("data"), "text");
    EXPECT_EQ(event_of(with("data", Json::array({1, 2})).dump()).at("data"), Json::array({1, 2}));
    EXPECT_FALSE(event_of(without("data").dump()).contains("data"));
    EXPECT_FALSE(event_of(with("data", nullptr).dump()).contains("data"));
    EXPECT_EQ(event_of(with("data", Json::object()).dump()).contains("data"), false);
    Json binary = without("data");
    binary["data_base64"] = "AAEC";
    EXPECT_EQ(event_of(binary.dump()).at("data_base64"), "AAEC");
    EXPECT_EQ(event_of(with("comexampleextension1", "value").dump()).at("ce_comexampleextension1"), "value");
}

TEST(CloudEvents, names_are_read_whatever_their_escapes) {
    const std::string body =
        R"({ "\u0073pecversion" : "1.0", "id":"\u0031", "source":"s", "type":"t", "d\u0061ta" : { "a" : [ {}, "}" ] } })";
    const Json event = event_of(body);
    EXPECT_EQ(event.at("a"), Json::parse(R"([{},"}"])"));
    EXPECT_EQ(event.at("ce_id"), "1");
}

TEST(CloudEvents, a_payload_that_takes_a_name_twice_is_rejected) {
    EXPECT_EQ(reason_of(with("data", Json::parse(R"({"event_id":"x"})"))), "duplicate_field");
    EXPECT_EQ(reason_of(with("data", Json::parse(R"({"ce_id":"x"})"))), "duplicate_field");
    EXPECT_EQ(reason_of(with("data", Json::parse(R"({"County":7})"))), "key_type");
}

TEST(CloudEvents, one_bad_event_of_a_batch_harms_no_other) {
    const Json batch_body = Json::array({sample, Json::object(), 7, with("id", "2")});
    const Batch batch = decode_event(batch_body.dump(2), MediaType::cloudevents);
    EXPECT_EQ(batch.events.size(), 2U);
    ASSERT_EQ(batch.rejected.size(), 2U);
    EXPECT_EQ(batch.rejected[0].line, 2U);
    EXPECT_EQ(batch.rejected[0].reason, RejectReason::cloudevent_invalid);
    EXPECT_EQ(batch.rejected[1].reason, RejectReason::not_an_object);
    EXPECT_EQ(decode_event("[]", MediaType::cloudevents).received, 0U);
}

TEST(CloudEvents, a_body_of_another_form_is_refused_whole) {
    for (const char* body : {"", "[]", "[{}]", "7", "{", "{}{}", R"({"a":tru})", R"({"a":1,})"}) {
        const auto batch = decode(MediaType::cloudevent, body);
        ASSERT_FALSE(batch.has_value()) << body;
        EXPECT_EQ(batch.error().reason, "json-invalid") << body;
    }
    for (const char* body : {"", "{}", "[", "[{}", "[{},]"})
        EXPECT_FALSE(decode(MediaType::cloudevents, body).has_value()) << body;
}

TEST(CloudEvents, binary_mode_is_brought_to_the_structured_one) {
    const std::map<std::string, std::string> attributes{
        {"specversion", "1.0"}, {"id", "1"}, {"source", "s"}, {"type", "a \"quoted\" type"}};
    const auto json = [&](std::string_view type, std::string_view data) {
        const auto made = structured_cloudevent(attributes, type, data);
        return made ? Json::parse(*made) : Json(made.error().reason);
    };
    EXPECT_EQ(json("application/json", R"({"County":"Kent"})").at("data").at("County"), "Kent");
    EXPECT_EQ(json("", "[1]").at("data"), Json::array({1}));
    EXPECT_EQ(json("Application/Problem+JSON; charset=utf-8", "1").at("data"), 1);
    EXPECT_EQ(json("text/plain", "1, \"id\":\"2\"").at("data"), "1, \"id\":\"2\"");
    EXPECT_EQ(json("application/octet-stream", "\xFF\x01").at("data_base64"), "/wE=");
    EXPECT_EQ(json("application/json", "").contains("data"), false);
    EXPECT_EQ(json("application/json", "").at("type"), "a \"quoted\" type");
    for (const char* bad : {"1,\"id\":\"2\"", "1],[2", " ", "1 ,"})
        EXPECT_EQ(json("application/json", bad), "json-invalid") << bad;
    EXPECT_EQ(structured_cloudevent({}, "", "").value(), "{}");
}

}  // namespace
}  // namespace weir::test

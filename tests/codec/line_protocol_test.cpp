// Expected values come from InfluxDB's "Line protocol reference".
#include "codec/line_protocol.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "codec/batch_decoder.h"
#include "codec/batch_invariants.h"
#include "codec/decoding.h"

namespace weir::test {
namespace {

using Json = nlohmann::ordered_json;

const std::int64_t now_ns = to_ms(received_at) * 1'000'000;

struct Given {
    std::string group_by = "_measurement";
    EventLimits limits{};
    std::string batch_id{};
    LineProtocolOptions lines{};
};

Batch decode_lines(const std::string& body, const Given& given = {}) {
    BatchDecoder decoder(given.group_by, given.limits);
    DecodeRequest request{MediaType::line_protocol, given.batch_id, body, received_at, "127.0.0.1:4711"};
    request.lines = given.lines;
    auto batch = decoder.decode(std::move(request));
    if (!batch) throw std::runtime_error(batch.error().message);
    EXPECT_EQ(broken_invariant(*batch, given.group_by), "");
    return *std::move(batch);
}

// The one event that a line becomes, without its id.
Json event_of(const std::string& line, const Given& given = {}) {
    const Batch batch = decode_lines(line, given);
    if (batch.events.size() != 1) {
        ADD_FAILURE() << line << ": "
                      << (batch.rejected.empty() ? "several events" : batch.rejected[0].message);
        return {};
    }
    Json json = Json::parse(batch.line(batch.events[0]));
    json.erase("event_id");
    return json;
}

std::string reason_of(const std::string& line, const Given& given = {}) {
    const Batch batch = decode_lines(line, given);
    return batch.rejected.size() == 1 && batch.events.empty() ? std::string(code_of(batch.rejected[0].reason))
                                                              : "none";
}

std::string id_of(const Batch& batch, std::size_t event = 0) {
    return Json::parse(batch.line(batch.events[event])).at("event_id");
}

TEST(LineProtocol, a_point_becomes_an_event_with_its_tags_and_fields) {
    EXPECT_EQ(event_of("myMeasurement,tag1=value1,tag2=value2 fieldKey=\"fieldValue\" 1795479353000000000"),
              Json::parse(R"({"ts":"2026-11-24T00:15:53.000Z","_measurement":"myMeasurement","tag1":"value1",
                              "tag2":"value2","fieldKey":"fieldValue"})"));
}

TEST(LineProtocol, what_telegraf_writes_is_taken) {
    const std::string body =
        "cpu,cpu=cpu-total,host=edge-7 usage_user=4.5226130653266335,usage_idle=94.97487437185929,"
        "usage_nice=0 1795479350000000000\n"
        "mem,host=edge-7 available_percent=62.45,free=123456789012i,huge_pages_total=0u 1795479350000000000\n"
        "disk,device=nvme0n1p2,fstype=ext4,host=edge-7,mode=rw,path=/ "
        "inodes_free=30000000i,used_percent=41.2 "
        "1795479350000000000\n"
        "mqtt,topic=site\\ A/line\\,1 online=true,msg=\"state \\\"up\\\"\" 1795479350000000000\n";
    const Batch batch = decode_lines(body);
    ASSERT_EQ(batch.events.size(), 4U);
    EXPECT_EQ(key_of(batch, 2), "disk");
    const Json memory = Json::parse(batch.line(batch.events[1]));
    EXPECT_EQ(memory.at("free"), 123456789012);
    EXPECT_EQ(memory.at("huge_pages_total"), 0);
    const Json mqtt = Json::parse(batch.line(batch.events[3]));
    EXPECT_EQ(mqtt.at("topic"), "site A/line,1");
    EXPECT_EQ(mqtt.at("msg"), "state \"up\"");
    EXPECT_EQ(mqtt.at("online"), true);
}

TEST(LineProtocol, a_backslash_escapes_what_the_reference_lists_and_nothing_else) {
    EXPECT_EQ(event_of(R"(my\ Meas\,ure\=ment f=1)").at("_measurement"), R"(my Meas,ure\=ment)");
    EXPECT_EQ(event_of(R"(m,tag\ Key\=1\,=tag\ Value\=1\, f=1)").at("tag Key=1,"), "tag Value=1,");
    EXPECT_EQ(event_of(R"(m f\ K\=\,=1)").at("f K=,"), 1);
    EXPECT_EQ(event_of(R"(m,path=C:\dir\n f=1)").at("path"), R"(C:\dir\n)");
    EXPECT_EQ(event_of(R"(m f="C:\dir \\ \" end")").at("f"), R"(C:\dir \ " end)");
    EXPECT_EQ(event_of(R"(m f="a=b, c d")").at("f"), "a=b, c d");
    EXPECT_EQ(event_of("m f=\"\xF0\x9F\x98\x81\"").at("f"), "\xF0\x9F\x98\x81");
}

TEST(LineProtocol, a_text_may_hold_a_line_break) {
    const Batch batch = decode_lines("m f=\"two\nlines\"\nm f=oops\n");
    ASSERT_EQ(batch.events.size(), 1U);
    EXPECT_EQ(Json::parse(batch.line(batch.events[0])).at("f"), "two\nlines");
    ASSERT_EQ(batch.rejected.size(), 1U);
    EXPECT_EQ(batch.rejected[0].line, 3U);
}

TEST(LineProtocol, field_values_keep_every_digit) {
    const auto number = [](const std::string& value) {
        const Batch batch = decode_lines("m f=" + value);
        if (batch.events.empty()) return std::string("none");
        const std::string_view line = batch.line(batch.events[0]);
        const std::size_t at = line.rfind(':') + 1;
        return std::string(line.substr(at, line.size() - at - 1));
    };
    EXPECT_EQ(number("1"), "1");
    EXPECT_EQ(number("1.0"), "1.0");
    EXPECT_EQ(number("-1.234456e+78"), "-1.234456e+78");
    EXPECT_EQ(number("0.10000000000000000555"), "0.10000000000000000555");
    EXPECT_EQ(number("007.50"), "7.50");
    EXPECT_EQ(number("-.5"), "-0.5");
    EXPECT_EQ(number("5."), "5");
    EXPECT_EQ(number("9223372036854775807i"), "9223372036854775807");
    EXPECT_EQ(number("-9223372036854775808i"), "-9223372036854775808");
    EXPECT_EQ(number("18446744073709551615u"), "18446744073709551615");
    for (const char* yes : {"t", "T", "true", "True", "TRUE"})
        EXPECT_EQ(number(yes), "true");
    for (const char* no : {"f", "F", "false", "False", "FALSE"})
        EXPECT_EQ(number(no), "false");
    for (const char* bad : {"9223372036854775808i", "-1u", "18446744073709551616u", "1.5i", "i", "u", "tRUE",
                            "NaN", "Inf", "1e", ".", "-", "1_000", "0x10", "+1", "'a'", "\"a\"b", "\""})
        EXPECT_EQ(number(bad), "none") << bad;
}

TEST(LineProtocol, a_timestamp_counts_what_the_precision_says) {
    const auto ts = [](const std::string& ticks, const std::string& precision) {
        Given given;
        given.lines.precision = time_precision_from(precision).value();
        return event_of("m f=1 " + ticks, given).at("ts").get<std::string>();
    };
    EXPECT_EQ(ts("1795479353123456789", ""), "2026-11-24T00:15:53.123456789Z");
    EXPECT_EQ(ts("1795479353123000000", "ns"), "2026-11-24T00:15:53.123Z");
    EXPECT_EQ(ts("1795479353123000001", "n"), "2026-11-24T00:15:53.123000001Z");
    EXPECT_EQ(ts("1795479353123456", "us"), "2026-11-24T00:15:53.123456000Z");
    EXPECT_EQ(ts("1795479353123456", "u"), "2026-11-24T00:15:53.123456000Z");
    EXPECT_EQ(ts("1795479353123", "ms"), "2026-11-24T00:15:53.123Z");
    EXPECT_EQ(ts("1795479353", "s"), "2026-11-24T00:15:53.000Z");
    EXPECT_EQ(ts("29924655", "m"), "2026-11-24T00:15:00.000Z");
    EXPECT_EQ(ts("498744", "h"), "2026-11-24T00:00:00.000Z");
    EXPECT_EQ(time_precision_from("day"), std::nullopt);
}

TEST(LineProtocol, instants_before_1970_are_rounded_down) {
    EXPECT_EQ(fine_time(-1, TimePrecision::nanoseconds), (FineTime{-1, 999'999}));
    EXPECT_EQ(fine_time(-1'000'000, TimePrecision::nanoseconds), (FineTime{-1, 0}));
    EXPECT_EQ(fine_time(-1, TimePrecision::microseconds), (FineTime{-1, 999'000}));
    EXPECT_EQ(fine_time(INT64_MIN, TimePrecision::nanoseconds), (FineTime{-9'223'372'036'855, 224'192}));
}

TEST(LineProtocol, times_are_bounded_like_those_of_other_events) {
    const auto at = [](std::int64_t ns) { return "m f=1 " + std::to_string(ns); };
    EXPECT_EQ(reason_of(at(now_ns + 61'000'000'000)), "ts_in_future");
    EXPECT_EQ(reason_of(at(now_ns - 8 * 86'400'000'000'000)), "ts_too_old");
    Given hours;
    hours.lines.precision = TimePrecision::hours;
    EXPECT_EQ(reason_of("m f=1 9223372036854775807", hours), "ts_invalid");
    EXPECT_EQ(reason_of("m f=1 -9223372036854775808", hours), "ts_invalid");
}

TEST(LineProtocol, without_a_timestamp_it_is_the_time_of_receipt) {
    EXPECT_EQ(event_of("m f=1").at("ts"), "2026-11-24T00:15:53.123Z");
}

TEST(LineProtocol, comments_empty_lines_and_both_line_ends_are_taken) {
    const Batch batch =
        decode_lines("\xEF\xBB\xBF# a comment\n\n  \t\r\n  # m f=1\nm f=1\r\n\n m f=2   \nm f=3 5i\r\n");
    EXPECT_EQ(batch.events.size(), 2U);
    ASSERT_EQ(batch.rejected.size(), 1U);
    EXPECT_EQ(batch.rejected[0].line, 8U);
    EXPECT_EQ(batch.rejected[0].bytes, "m f=3 5i");
    EXPECT_EQ(batch.received, 3U);
}

TEST(LineProtocol, a_malformed_line_says_what_is_wrong_and_harms_no_other) {
    const std::string good = "m f=1\n";
    for (const char* bad : {"m", "m ", "m,t f=1", "m,t= f=1", "m,=v f=1", "m,t=a=b f=1", ",t=v f=1", "m f",
                            "m f=", "m =1", "m f=1,", "m f=1, g=2", "m f=abc", "m f=\"open", "m f=1 12x",
                            "m f=1 1 2", "m f=1 1.5", "m f=1 9223372036854775808"}) {
        const Batch batch = decode_lines(good + bad + "\n" + good);
        EXPECT_EQ(batch.events.size(), 2U) << bad;
        ASSERT_EQ(batch.rejected.size(), 1U) << bad;
        EXPECT_EQ(batch.rejected[0].reason, RejectReason::line_protocol_invalid) << bad;
        EXPECT_EQ(batch.rejected[0].bytes, bad);
        EXPECT_EQ(batch.rejected[0].line, 2U);
    }
}

TEST(LineProtocol, the_key_is_a_tag_a_text_field_or_the_measurement) {
    const auto key = [](const std::string& group_by) {
        Given given;
        given.group_by = group_by;
        const Batch batch = decode_lines("river,County=St.\\ Lawrence name=\"Grasse\",level=1.5", given);
        return batch.events.empty() ? std::string(code_of(batch.rejected[0].reason))
                                    : std::string(key_of(batch, 0));
    };
    EXPECT_EQ(key("_measurement"), "river");
    EXPECT_EQ(key("County"), "St. Lawrence");
    EXPECT_EQ(key("name"), "Grasse");
    EXPECT_EQ(key("other"), "(blank)");
    EXPECT_EQ(key("level"), "key_type");
}

TEST(LineProtocol, a_name_that_stands_twice_and_bad_text_are_rejected_alone) {
    EXPECT_EQ(reason_of("m,a=1 a=2"), "duplicate_field");
    EXPECT_EQ(reason_of("m,ts=1 a=2"), "duplicate_field");
    EXPECT_EQ(reason_of("m event_id=\"x\""), "duplicate_field");
    EXPECT_EQ(reason_of("m f=\"\xFF\""), "invalid_utf8");
    Given given;
    given.limits.max_line_bytes = 10;
    EXPECT_EQ(reason_of("m f=12345678", given), "line_too_long");
    EXPECT_EQ(event_of("m f=123456", given).at("f"), 123456);
}

TEST(LineProtocol, the_same_point_is_the_same_event_in_every_body) {
    const std::string point = "m,t=a f=1 1795479353000000000";
    const std::string id = id_of(decode_lines(point));
    EXPECT_EQ(id.substr(0, 3), "lp_");
    EXPECT_EQ(id_of(decode_lines("m f=9\n" + point + "  \r\n"), 1), id);
    Given seconds;
    seconds.lines.precision = TimePrecision::seconds;
    EXPECT_EQ(id_of(decode_lines("m,t=a f=1 1795479353", seconds)), id);
    EXPECT_NE(id_of(decode_lines("m,t=a f=1 1795479353000000001")), id);
    EXPECT_NE(id_of(decode_lines("m,t=a f=2 1795479353000000000")), id);
    Given other;
    other.lines.scope = "other";
    EXPECT_NE(id_of(decode_lines(point, other)), id);
}

// Two equal bodies are one batch where their timestamps say that they are the same points.
TEST(LineProtocol, a_body_with_timestamps_is_named_by_its_content) {
    Given first, second;
    first.lines.unique = "n-1";
    second.lines.unique = "n-2";
    const std::string timed = "m f=1 1795479353000000000\n";
    EXPECT_EQ(decode_lines(timed, first).batch_id, decode_lines(timed, second).batch_id);
    Given scoped = first;
    scoped.lines.scope = "db";
    EXPECT_NE(decode_lines(timed, scoped).batch_id, decode_lines(timed, first).batch_id);
    Given coarse = first;
    coarse.lines.precision = TimePrecision::microseconds;
    EXPECT_NE(decode_lines(timed, coarse).content, decode_lines(timed, first).content);
}

TEST(LineProtocol, without_timestamps_two_equal_bodies_are_two) {
    Given first, second;
    first.lines.unique = "n-1";
    second.lines.unique = "n-2";
    const Batch one = decode_lines("m f=1\nbad\nm f=1", first),
                two = decode_lines("m f=1\nbad\nm f=1", second);
    EXPECT_EQ(one.batch_id, "n-1");
    EXPECT_EQ(one.rejected[0].batch_id, "n-1");
    EXPECT_NE(id_of(one, 0), id_of(two, 0));
    EXPECT_NE(id_of(one, 0), id_of(one, 1));
    // Whoever names the batch says which is which.
    first.batch_id = second.batch_id = "mine";
    EXPECT_EQ(decode_lines("m f=1", first).batch_id, "mine");
    EXPECT_EQ(id_of(decode_lines("m f=1", first)), id_of(decode_lines("m f=1", second)));
}

}  // namespace
}  // namespace weir::test

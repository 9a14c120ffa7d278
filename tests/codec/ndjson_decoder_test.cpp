#include <gtest/gtest.h>

#include "base/text.h"
#include "codec/batch_decoder.h"
#include "codec/batch_invariants.h"
#include "codec/decoding.h"

namespace weir {
namespace {

using test::decode;
using test::key_of;
using test::received_at;

constexpr std::string_view good_line =
    R"({"event_id":"r7f3-000001","ts":"2026-11-24T00:15:53.123Z","County":"Delaware"})";

Batch decode_good(std::string body) {
    auto batch = decode(MediaType::ndjson, std::move(body));
    if (!batch) throw std::runtime_error(batch.error().message);
    EXPECT_EQ(test::broken_invariant(*batch), "");
    return *std::move(batch);
}

// What becomes of one line among two good ones: they are stored, whatever it is.
std::optional<DeadLetter> rejection_of(const std::string& line) {
    const std::string body = std::string(good_line) + "\n" + line + "\n" + std::string(good_line) + "\n";
    const Batch batch = decode_good(body);
    EXPECT_EQ(batch.received, 3U);
    if (batch.rejected.empty()) return std::nullopt;
    const DeadLetter& letter = batch.rejected.at(0);
    EXPECT_EQ(batch.events.size(), 2U);
    EXPECT_EQ(letter.line, 2U);
    EXPECT_EQ(letter.bytes, line);
    return letter;
}

std::string reason_of(const std::string& line) {
    const auto letter = rejection_of(line);
    return letter ? std::string(code_of(letter->reason)) : "accepted";
}

std::string with(std::string_view fields) {
    return R"({"event_id":"a-1","ts":"2026-11-24T00:15:53Z",)" + std::string(fields) + "}";
}
std::string with_ts(std::string_view ts) {
    return R"({"event_id":"a-1","ts":)" + std::string(ts) + "}";
}
std::string with_id(std::string_view id) {
    return R"({"ts":"2026-11-24T00:15:53Z","event_id":)" + std::string(id) + "}";
}

TEST(NdjsonDecoder, makes_an_event_of_a_line) {
    const Batch batch = decode_good(std::string(good_line) + "\n");
    ASSERT_EQ(batch.events.size(), 1U);
    EXPECT_EQ(batch.received, 1U);
    EXPECT_EQ(batch.batch_id, "b1");
    EXPECT_EQ(batch.source, "127.0.0.1:4711");
    EXPECT_EQ(batch.line(batch.events[0]), good_line);
    EXPECT_EQ(key_of(batch, 0), "Delaware");
    EXPECT_EQ(batch.events[0].ts, received_at);
    ASSERT_EQ(batch.producers.size(), 1U);
    EXPECT_EQ(batch.producers[0], (ProducerId{"r7f3", 6}));
    EXPECT_EQ(batch.events[0].sequence, 1U);
}

TEST(NdjsonDecoder, an_id_of_another_form_has_no_producer) {
    const Batch batch = decode_good(with_id(R"("550e8400-e29b-41d4-a716-446655440000")"));
    ASSERT_EQ(batch.events.size(), 1U);
    EXPECT_EQ(batch.events[0].producer, no_producer);
}

TEST(NdjsonDecoder, an_empty_body_is_a_batch_without_events) {
    for (const char* body : {"", "\n", " \t\r\n\n", "\xEF\xBB\xBF"}) {
        const Batch batch = decode_good(body);
        EXPECT_EQ(batch.received, 0U) << body;
    }
}

TEST(NdjsonDecoder, numbers_empty_lines_but_does_not_count_them) {
    const Batch batch = decode_good("\xEF\xBB\xBF\n" + std::string(good_line) + "\r\n  \r\n\nx");
    EXPECT_EQ(batch.received, 2U);
    ASSERT_EQ(batch.events.size(), 1U);
    EXPECT_EQ(batch.line(batch.events[0]), good_line) << "without the CR";
    ASSERT_EQ(batch.rejected.size(), 1U);
    EXPECT_EQ(batch.rejected[0].line, 5U);
}

TEST(NdjsonDecoder, rejects_what_is_no_json) {
    for (const char* line : {"x",
                             "{",
                             R"({"event_id":"a-1")",
                             R"({"event_id":"a-1","ts":17)",
                             R"({"event_id":"a-1","ts":"2026)",
                             "{} {}",
                             "{}x",
                             "[1,]",
                             R"({"a":NaN})",
                             R"({"a":Infinity})",
                             R"({"a":tru})",
                             R"({"a":01})",
                             R"({"a":1.})",
                             R"({"a":.5})",
                             R"({"a":+1})",
                             R"({'a':1})",
                             R"({"a":1,})",
                             R"({a:1})",
                             R"({"a":"\x"})",
                             R"({"a":"\u12G4"})",
                             "{\"a\":\"tab\there\"}",
                             R"({"a":--1})",
                             R"({"a":1e})",
                             R"({"a":0x10})",
                             R"({"a" 1})",
                             "\xEF\xBB\xBF{}",
                             R"({"a":123456789012345678901234567890e})",
                             R"({"a":-})"})
        EXPECT_EQ(reason_of(line), "json_invalid") << line;
    EXPECT_EQ(reason_of(std::string("{\"a\":\"b\0c\"}", 11)), "json_invalid") << "a NUL in a string";
    EXPECT_EQ(reason_of(std::string("{}\0", 3)), "json_invalid") << "a NUL behind the object";
    EXPECT_EQ(reason_of(std::string(1, '\0')), "json_invalid");
}

TEST(NdjsonDecoder, rejects_what_is_no_object) {
    for (const char* line :
         {"[]", "[{}]", "1", "-1.5", "\"text\"", "true", "null", "12345678901234567890123"})
        EXPECT_EQ(reason_of(line), "not_an_object") << line;
}

TEST(NdjsonDecoder, rejects_deep_nesting) {
    const auto nested = [](std::size_t depth) {
        return with(R"("a":)" + std::string(depth - 1, '[') + "1" + std::string(depth - 1, ']'));
    };
    EXPECT_EQ(reason_of(nested(64)), "accepted") << "the object itself is one level";
    EXPECT_EQ(reason_of(nested(65)), "nested_too_deep");
    EXPECT_EQ(reason_of(std::string(100'000, '[')), "nested_too_deep");
    EXPECT_EQ(reason_of(nested(100'000)), "nested_too_deep");
    std::string objects;
    for (int i = 0; i < 50'000; ++i)
        objects += R"({"a":)";
    EXPECT_EQ(reason_of(objects), "nested_too_deep");
}

TEST(NdjsonDecoder, rejects_what_is_no_utf8) {
    for (const char* text : {"\xFF", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"})
        EXPECT_EQ(reason_of(with(R"("County":")" + std::string(text) + "\"")), "invalid_utf8");
    EXPECT_EQ(reason_of("\xFF"), "invalid_utf8");
    for (const char* text :
         {R"(\ud800)", R"(\uDC00)", R"(\ud800\ud800)", R"(\uD800x)", R"(\ud800\n)", R"(a\\\udfff)"})
        EXPECT_EQ(reason_of(with(R"("a":")" + std::string(text) + "\"")), "invalid_utf8") << text;
    EXPECT_EQ(reason_of(with(R"("\ud800":1)")), "invalid_utf8") << "in a name";
    EXPECT_EQ(reason_of(with(R"("a":"\\ud800")")), "accepted") << "an escaped backslash, and letters";
    EXPECT_EQ(reason_of(with(R"("a":"\ud83d\ude00 😀")")), "accepted");
    EXPECT_EQ(reason_of(with(R"("a":"\ud800","b":"\x")")), "invalid_utf8") << "the first fault counts";
    EXPECT_EQ(reason_of(with(R"("a":"\x","b":"\ud800")")), "json_invalid");
}

TEST(NdjsonDecoder, rejects_a_line_over_the_limit_and_no_other) {
    EventLimits limits;
    limits.max_line_bytes = 200;
    const std::string start = with(R"("x":")");
    const auto line_of = [&](std::size_t bytes) {
        return start.substr(0, start.size() - 1) + std::string(bytes - start.size() - 1, 'x') + "\"}";
    };
    const auto batch = decode(MediaType::ndjson,
                              line_of(200) + "\r\n" + line_of(201) + "\n" + std::string(300, '{'), limits);
    ASSERT_TRUE(batch);
    EXPECT_EQ(batch->events.size(), 1U);
    ASSERT_EQ(batch->rejected.size(), 2U);
    EXPECT_EQ(batch->rejected[0].reason, RejectReason::line_too_long);
    EXPECT_EQ(batch->rejected[0].bytes, line_of(201));
    EXPECT_EQ(batch->rejected[1].reason, RejectReason::line_too_long) << "the length is looked at first";
}

TEST(NdjsonDecoder, a_line_of_10_megabytes_is_a_matter_of_the_limit) {
    const std::string line = with(R"("x":")" + std::string(10U << 20U, 'x') + "\"");
    EXPECT_EQ(reason_of(line), "line_too_long");
    EventLimits limits;
    limits.max_line_bytes = 11U << 20U;
    const auto batch = decode(MediaType::ndjson, line, limits);
    ASSERT_TRUE(batch);
    EXPECT_EQ(batch->events.size(), 1U);
}

TEST(NdjsonDecoder, rejects_a_field_that_stands_twice) {
    EXPECT_EQ(reason_of(with(R"("a":1,"b":2,"a":1)")), "duplicate_field");
    EXPECT_EQ(reason_of(with(R"("a":1,"\u0061":2)")), "duplicate_field")
        << "the same name once the escape is read";
    EXPECT_EQ(reason_of(with(R"("ts":1)")), "duplicate_field");
    EXPECT_EQ(reason_of(R"({"":1,"":2})"), "duplicate_field") << "before the missing event_id";
    EXPECT_EQ(reason_of(with(R"("a":1,"A":2,"aa":3,"":4)")), "accepted");
    EXPECT_EQ(reason_of(with(R"("a":{"b":1,"b":2})")), "accepted") << "inside the payload nothing is counted";
}

TEST(NdjsonDecoder, finds_a_duplicate_among_many_fields) {
    for (const std::size_t count : {10U, 63U, 64U, 65U, 66U, 67U, 300U, 20'000U}) {
        std::string fields;
        for (std::size_t i = 0; i < count; ++i)
            fields += (i == 0 ? "\"f" : ",\"f") + std::to_string(i) + "\":1";
        EXPECT_EQ(reason_of(with(fields)), "accepted") << count;
        EXPECT_EQ(reason_of(with(fields + R"(,"f0":1)")), "duplicate_field") << count;
        EXPECT_EQ(reason_of(with(fields + ",\"f" + std::to_string(count - 1) + "\":1")), "duplicate_field")
            << count;
    }
}

TEST(NdjsonDecoder, numbers_of_any_size_are_json) {
    for (const char* number :
         {"123456789012345678901234567890", "-9223372036854775809", "18446744073709551616", "1e400",
          "-1E+999", "0.1e-999", "9223372036854775807", "1.7976931348623157e308"}) {
        EXPECT_EQ(reason_of(with(R"("x":)" + std::string(number))), "accepted") << number;
        EXPECT_EQ(reason_of(with(R"("County":)" + std::string(number))), "key_type") << number;
        EXPECT_EQ(reason_of(with_id(number)), "event_id_invalid") << number;
        EXPECT_EQ(reason_of(with_ts(number)), "ts_invalid") << number;
    }
    for (const char* number :
         {"01", "1-23456789012345678901234567890", "1e400.", "1e400e1", "--123456789012345678901234567890",
          "1e400 1", "0123456789012345678901234567890", "+123456789012345678901234567890",
          "123456789012345678901234567890."})
        EXPECT_EQ(reason_of(with(R"("x":1e400,"y":)" + std::string(number))), "json_invalid") << number;
    EXPECT_EQ(reason_of(with(R"("x":1e400,"y":"1e400 \" 2e400")")), "accepted");
}

TEST(NdjsonDecoder, checks_the_event_id) {
    EXPECT_EQ(reason_of(R"({"ts":"2026-11-24T00:15:53Z"})"), "event_id_missing");
    for (const char* id : {"1", "null", "true", "[]", "{}", R"("")", R"("a b")", R"("é")", R"("\u0000")"})
        EXPECT_EQ(reason_of(with_id(id)), "event_id_invalid") << id;
    EXPECT_EQ(reason_of(with_id("\"" + std::string(128, 'x') + "\"")), "accepted");
    EXPECT_EQ(reason_of(with_id("\"" + std::string(129, 'x') + "\"")), "event_id_invalid");
    EXPECT_EQ(reason_of(R"({"Event_ID":"a-1","ts":"2026-11-24T00:15:53Z"})"), "event_id_missing")
        << "names are compared byte for byte";
}

TEST(NdjsonDecoder, checks_the_ts) {
    EXPECT_EQ(reason_of(R"({"event_id":"a-1"})"), "ts_missing");
    for (const char* ts :
         {R"("yesterday")", R"("")", "null", "true", "[]", "{}", "1790000000000.0", "1.79e12",
          R"("2026-11-24T00:15:53+01:00")", R"("2026-11-24T00:15:53")", R"("2026-02-30T00:00:00Z")",
          R"("10000-01-01T00:00:00Z")", "9223372036854775807", "-9223372036854775808", "253402300800000"})
        EXPECT_EQ(reason_of(with_ts(ts)), "ts_invalid") << ts;
    EXPECT_EQ(reason_of(with_ts("-1")), "ts_too_old");
    EXPECT_EQ(reason_of(with_ts(R"("9999-12-31T23:59:59.999Z")")), "ts_in_future");
    EXPECT_EQ(reason_of(with_ts(R"("2026-11-24T01:15:53Z")")), "ts_in_future") << "an hour ahead";
    EXPECT_EQ(reason_of(with_ts(R"("2026-11-17T00:15:53.122Z")")), "ts_too_old");
}

TEST(NdjsonDecoder, time_bounds_are_inclusive) {
    const auto ms = to_ms(received_at);
    EXPECT_EQ(reason_of(with_ts(std::to_string(ms + 60'000))), "accepted");
    EXPECT_EQ(reason_of(with_ts(std::to_string(ms + 60'001))), "ts_in_future");
    EXPECT_EQ(reason_of(with_ts(std::to_string(ms - 7 * 86'400'000LL))), "accepted");
    EXPECT_EQ(reason_of(with_ts(std::to_string(ms - 7 * 86'400'000LL - 1))), "ts_too_old");
    EventLimits limits;  // as far as they go: nothing overflows
    limits.future_skew = Duration::max();
    limits.retention = Duration::max();
    const auto batch = decode(
        MediaType::ndjson,
        with_ts(R"("0000-01-01T00:00:00Z")") + "\n" + with_ts(R"("9999-12-31T23:59:59.999Z")"), limits);
    ASSERT_TRUE(batch);
    EXPECT_EQ(batch->events.size(), 2U);
}

TEST(NdjsonDecoder, reads_the_ts_in_every_form) {
    const Batch batch = decode_good(with_ts(R"("2026-11-24T00:15:53.123Z")") + "\n" +
                                    with_ts("1795479353123") + "\n" + with_ts(R"("1795479353123")"));
    ASSERT_EQ(batch.events.size(), 3U);
    for (const EventRecord& event : batch.events)
        EXPECT_EQ(event.ts, received_at);
}

TEST(NdjsonDecoder, counts_keys_exactly_as_they_come) {
    const auto key = [](const std::string& value) {
        return std::string(key_of(decode_good(with(R"("County":)" + value)), 0));
    };
    EXPECT_EQ(key(R"("St. Lawrence")"), "St. Lawrence");
    EXPECT_EQ(key(R"("Rensselear")"), "Rensselear");
    EXPECT_EQ(key(R"(" Delaware ")"), " Delaware ");
    EXPECT_EQ(key(R"("D\u0065laware")"), "Delaware");
    EXPECT_EQ(key(R"("a\u0000b")"), std::string("a\0b", 3));
    EXPECT_EQ(key(R"("")"), blank_key);
    EXPECT_EQ(key("null"), blank_key);
    EXPECT_EQ(key_of(decode_good(with(R"("county":"Delaware")")), 0), blank_key) << "another field";
}

TEST(NdjsonDecoder, rejects_keys_of_other_types) {
    for (const char* value : {"1", "1.5", "true", "false", "[]", R"(["Delaware"])", "{}"})
        EXPECT_EQ(reason_of(with(R"("County":)" + std::string(value))), "key_type") << value;
    EXPECT_EQ(reason_of(with(R"("County":")" + std::string(256, 'x') + "\"")), "accepted");
    EXPECT_EQ(reason_of(with(R"("County":")" + std::string(257, 'x') + "\"")), "key_too_long");
}

TEST(NdjsonDecoder, the_first_thing_wrong_is_the_reason) {
    EXPECT_EQ(reason_of(R"({"County":1})"), "event_id_missing");
    EXPECT_EQ(reason_of(R"({"County":1,"event_id":""})"), "event_id_invalid");
    EXPECT_EQ(reason_of(R"({"County":1,"event_id":"a"})"), "ts_missing");
    EXPECT_EQ(reason_of(R"({"County":1,"event_id":"a","ts":-1})"), "ts_too_old");
    EXPECT_EQ(reason_of(R"({"County":1,"event_id":"a","ts":1795479353123})"), "key_type");
}

TEST(NdjsonDecoder, groups_by_any_field) {
    const auto batch =
        decode(MediaType::ndjson, R"({"event_id":"a-1","ts":"2026-11-24T00:15:53Z"})", {}, "event_id");
    ASSERT_TRUE(batch);
    EXPECT_EQ(key_of(*batch, 0), "a-1");
}

TEST(NdjsonDecoder, a_message_says_what_was_found_and_what_was_expected) {
    const auto letter = rejection_of(with_ts(R"("yesterday \u001b[31m)" + std::string(100, 'x') + "\""));
    ASSERT_TRUE(letter);
    EXPECT_NE(letter->message.find("ts is 'yesterday \\x1B[31mxxx"), std::string::npos) << letter->message;
    EXPECT_NE(letter->message.find("…"), std::string::npos);
    EXPECT_NE(letter->message.find("RFC 3339"), std::string::npos);
    EXPECT_LT(letter->message.size(), 300U);
    EXPECT_TRUE(is_utf8(rejection_of(std::string("x") + std::string(100, '\xC3'))->message));
}

TEST(NdjsonDecoder, dead_letters_say_where_they_came_from) {
    const Batch batch = decode_good("x");
    const DeadLetter& letter = batch.rejected.at(0);
    EXPECT_EQ(letter.batch_id, "b1");
    EXPECT_EQ(letter.source, "127.0.0.1:4711");
    EXPECT_EQ(letter.received_at, received_at);
    EXPECT_EQ(letter.line, 1U);
}

TEST(NdjsonDecoder, names_every_key_and_producer_once) {
    std::string body;
    for (int i = 0; i < 3000; ++i)
        body += R"({"event_id":"run)" + std::to_string(i % 7) + "-" + std::to_string(i) +
                R"(","ts":"2026-11-24T00:15:53Z","County":"c)" + std::to_string(i % 1500) + "\"}\n";
    const Batch batch = decode_good(body);
    EXPECT_EQ(batch.events.size(), 3000U);
    EXPECT_EQ(batch.keys.size(), 1500U);
    EXPECT_EQ(batch.producers.size(), 8U) << "run0-0 begins with a zero";
    for (std::size_t i = 0; i < 3000; ++i)
        ASSERT_EQ(key_of(batch, i), "c" + std::to_string(i % 1500));
}

TEST(NdjsonDecoder, one_decoder_forgets_the_batch_before) {
    BatchDecoder decoder("County", {});
    std::string many;
    for (int i = 0; i < 5000; ++i)
        many += with(R"("County":"c)" + std::to_string(i) + "\"") + "\n";
    for (const std::string& body : {many, std::string(good_line), many}) {
        const auto batch = decoder.decode({MediaType::ndjson, "b", body, received_at, ""});
        ASSERT_TRUE(batch);
        EXPECT_EQ(test::broken_invariant(*batch), "");
        EXPECT_EQ(batch->keys.size(), batch->events.size());
    }
}

TEST(NdjsonDecoder, hashes_of_ids_without_a_producer_are_taken_only_where_asked_for) {
    const std::string body = R"({"event_id":"a-1","ts":"2026-11-24T00:15:53Z"})"
                             "\n"
                             R"({"event_id":"probe:7","ts":"2026-11-24T00:15:53Z"})"
                             "\nnonsense\n"
                             R"({"event_id":"\u0070robe:8","ts":"2026-11-24T00:15:53Z"})"
                             "\n";
    EventLimits limits;
    EXPECT_TRUE(decode(MediaType::ndjson, body, limits)->foreign_ids.empty());
    limits.hash_foreign_ids = true;
    EXPECT_EQ(decode(MediaType::ndjson, body, limits)->foreign_ids,
              (std::vector{hash128("probe:7"), hash128("probe:8")}));
    EXPECT_EQ(decode(MediaType::csv, "event_id,ts\na-1,1795479353123\nprobe:7,1795479353123\n", limits)
                  ->foreign_ids,
              std::vector{hash128("probe:7")});
}

}  // namespace
}  // namespace weir

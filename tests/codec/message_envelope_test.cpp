#include "codec/message_envelope.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

#include "base/base64.h"

namespace weir {
namespace {

const DecompressionLimits limits{1_MiB, 200, 64_KiB};
const std::string event_line = R"({"event_id":"r-1","ts":"2026-11-24T00:15:53.123Z","County":"Delaware"})";

Message read(std::string_view message, MessageForm form = MessageForm::text) {
    auto read = read_message(message, form, limits);
    EXPECT_TRUE(read) << (read ? "" : read.error().message);
    return read.value_or(Message{});
}
std::string reason_of(std::string_view message, MessageForm form = MessageForm::text) {
    const auto read = read_message(message, form, limits);
    if (read) return "taken";
    EXPECT_FALSE(read.error().message.empty());
    return read.error().reason;
}

TEST(MessageEnvelope, is_one_line_before_the_body) {
    EXPECT_EQ(write_message({"r7f3-b12", "application/x-ndjson", ""}, "{}\n", MessageForm::text),
              "{\"weir\":1,\"batch_id\":\"r7f3-b12\",\"content_type\":\"application/x-ndjson\"}\n{}\n");
    // base64 of the bytes: RFC 4648, section 10, "foobar".
    EXPECT_EQ(
        write_message({"r7f3-b12", "text/csv", "zstd"}, "foobar", MessageForm::text),
        "{\"weir\":1,\"batch_id\":\"r7f3-b12\",\"content_type\":\"text/csv\",\"content_encoding\":\"zstd\"}\n"
        "Zm9vYmFy");
    EXPECT_EQ(
        write_message({"r7f3-b12", "text/csv", "zstd"}, "foobar", MessageForm::binary),
        "{\"weir\":1,\"batch_id\":\"r7f3-b12\",\"content_type\":\"text/csv\",\"content_encoding\":\"zstd\"}\n"
        "foobar");
}

TEST(MessageEnvelope, a_body_that_text_cannot_carry_goes_as_zstd) {
    for (const std::string& body : {std::string("a,\x01"), std::string("\xEF\xBF\xBE"),
                                    std::string("\xEF\xBF\xBF"), std::string("\xFF"), std::string("\0", 1)}) {
        const std::string message = write_message({"b", "text/csv", ""}, body, MessageForm::text);
        const auto envelope = nlohmann::json::parse(message.substr(0, message.find('\n')));
        EXPECT_EQ(envelope["content_encoding"], "zstd");
        EXPECT_EQ(read(message).body, body);
    }
}

RC_GTEST_PROP(MessageEnvelope, brings_back_what_was_sent, ()) {
    const auto body = *rc::gen::arbitrary<std::string>();
    const auto form = *rc::gen::element(MessageForm::text, MessageForm::binary);
    const auto type = *rc::gen::element<std::string>("application/x-ndjson", "application/json", "text/csv");
    const auto id = *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange<char>('!', '~')));
    RC_PRE(id.size() <= 128U);
    const bool compressed = *rc::gen::arbitrary<bool>();
    const std::string message =
        write_message({id, type, compressed ? "zstd" : ""}, compressed ? zstd_compress(body) : body, form);
    const auto back = read_message(message, form, limits);
    RC_ASSERT(back.has_value());
    RC_ASSERT(back->batch_id == id);
    RC_ASSERT(back->body == body);
    RC_ASSERT(back->media == (type == "text/csv"           ? MediaType::csv
                              : type == "application/json" ? MediaType::json
                                                           : MediaType::ndjson));
}

TEST(MessageEnvelope, takes_what_other_programs_write) {
    const Message message =
        read("{ \"weir\" : 1, \"x\": [1], \"content_type\":\"application/json\", \"batch_id\":\"b\"}\r\n[]");
    EXPECT_EQ(message.batch_id, "b");
    EXPECT_EQ(message.media, MediaType::json);
    EXPECT_EQ(message.body, "[]");
    const std::string gzip = "H4sIAAAAAAAAA8tIzcnJBwCGphA2BQAAAA==";  // printf hello | gzip -n
    EXPECT_EQ(
        read("{\"weir\":1,\"batch_id\":\"b\",\"content_type\":\"text/csv\",\"content_encoding\":\"gzip\"}\n" +
             gzip)
            .body,
        "hello");
}

TEST(MessageEnvelope, may_say_when_its_events_were_sent_first) {
    const Timestamp sent = *parse_rfc3339("2026-11-24T00:15:53.123Z");
    const std::string message =
        write_message({"b", "application/x-ndjson", "", sent}, event_line, MessageForm::text);
    EXPECT_EQ(message,
              "{\"weir\":1,\"batch_id\":\"b\",\"content_type\":\"application/x-ndjson\","
              "\"sent\":\"2026-11-24T00:15:53.123Z\"}\n" +
                  event_line);
    EXPECT_EQ(read(message).sent, sent);
    EXPECT_EQ(read(message).body, event_line);
    EXPECT_EQ(read(write_message({"b", "text/csv", ""}, "", MessageForm::text)).sent, std::nullopt);
    EXPECT_EQ(read(event_line).sent, std::nullopt);
    for (const char* bad : {"\"\"", "\"yesterday\"", "1795479353123", "null", "\"2026-11-24\""})
        EXPECT_EQ(reason_of(std::string(R"({"weir":1,"batch_id":"b","content_type":"text/csv","sent":)") +
                            bad + "}\n"),
                  "envelope-invalid")
            << bad;
}

TEST(MessageEnvelope, a_plain_event_needs_none) {
    const Message message = read(event_line);
    EXPECT_EQ(message.batch_id, "");
    EXPECT_EQ(message.media, MediaType::ndjson);
    EXPECT_EQ(message.body, event_line);
}

TEST(MessageEnvelope, a_bare_body_is_ndjson_an_array_or_one_document) {
    EXPECT_EQ(read(event_line + "\n" + event_line + "\n").media, MediaType::ndjson);
    EXPECT_EQ(read("\xEF\xBB\xBF  [" + event_line + "]").media, MediaType::json);
    EXPECT_EQ(read("{\n  \"event_id\": \"}{\\\"\",\n  \"ts\": [1, {\"a\": 2}]\n}\n").media, MediaType::json);
    // A bad line among good ones is a dead letter, not the end of all.
    EXPECT_EQ(read("{\"event_id\":\n" + event_line + "\n").media, MediaType::ndjson);
    EXPECT_EQ(read("{\"event_id\":\"\n" + event_line + "\n").media, MediaType::ndjson);
    EXPECT_EQ(read("{}}\n" + event_line + "\n").media, MediaType::ndjson);
    EXPECT_EQ(read("{\"a\":1}\n\n").media, MediaType::ndjson);
}

TEST(MessageEnvelope, a_message_that_cannot_be_read_says_why) {
    const auto with = [](const std::string& rest) { return "{\"weir\":1,\"batch_id\":\"b\"" + rest; };
    EXPECT_EQ(reason_of(""), "message-empty");
    EXPECT_EQ(reason_of(" \r\n"), "message-empty");
    EXPECT_EQ(reason_of("hello"), "message-not-json");
    EXPECT_EQ(reason_of("\"text\""), "message-not-json");
    EXPECT_EQ(reason_of("{\"weir\":1"), "envelope-invalid");
    EXPECT_EQ(reason_of("{\"weir\":1\n{}"), "envelope-invalid");
    EXPECT_EQ(reason_of("{\"weir\":\"1\"}\n{}"), "envelope-invalid");
    EXPECT_EQ(reason_of("{\"weir\":2}\n{}"), "envelope-version");
    EXPECT_EQ(reason_of("{\"weir\":1,\"content_type\":\"text/csv\"}\n{}"), "envelope-invalid");
    EXPECT_EQ(reason_of("{\"weir\":1,\"batch_id\":\"a b\",\"content_type\":\"text/csv\"}\n{}"),
              "envelope-invalid");
    EXPECT_EQ(reason_of("{\"weir\":1,\"batch_id\":7,\"content_type\":\"text/csv\"}\n{}"), "envelope-invalid");
    EXPECT_EQ(reason_of(with(",\"content_type\":\"text/csv\"}")), "envelope-invalid");
    EXPECT_EQ(reason_of(with("}\n{}")), "media-type-unsupported");
    EXPECT_EQ(reason_of(with(",\"content_type\":\"text/csv\",\"content_encoding\":\"br\"}\n{}")),
              "encoding-unsupported");
    EXPECT_EQ(reason_of(with(",\"content_type\":\"text/csv\",\"content_encoding\":\"zstd\"}\n%%%")),
              "base64-invalid");
    EXPECT_EQ(reason_of(with(",\"content_type\":\"text/csv\",\"content_encoding\":\"zstd\"}\nZm9v")),
              "zstd-invalid");
    EXPECT_EQ(reason_of(with(",\"content_type\":\"text/csv\",\"content_encoding\":\"zstd\"}\nfoo"),
                        MessageForm::binary),
              "zstd-invalid");
    EXPECT_EQ(reason_of(with(",\"x\":\"" + std::string(max_envelope_bytes, 'x') + "\"}\n{}")),
              "envelope-invalid");
    EXPECT_EQ(reason_of("{\"weir\":1,\"x\":" + std::string(4000, '[') + "\n{}"), "envelope-invalid");
}

TEST(MessageEnvelope, bounds_what_a_body_may_become) {
    const std::string bomb = zstd_compress(std::string(8 << 20, ' '));
    EXPECT_EQ(reason_of(write_message({"b", "text/csv", "zstd"}, bomb, MessageForm::text)),
              "decompressed-too-large");
    EXPECT_EQ(reason_of("{}" + std::string(1 << 20, ' ')), "decompressed-too-large");
}

}  // namespace
}  // namespace weir

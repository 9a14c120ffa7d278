#include <gtest/gtest.h>

#include "codec/batch_decoder.h"
#include "codec/batch_invariants.h"
#include "codec/decoding.h"
#include "codec/stored_lines.h"

namespace weir {
namespace {

using test::decode;
using test::key_of;
using test::received_at;

const std::string header = "event_id,ts,Waterbody Name,County\n";
const std::string good = "a-1,2026-11-24T00:15:53Z,Cayuta Creek,Tioga\n";

Batch decode_good(std::string body, const EventLimits& limits = {}) {
    auto batch = decode(MediaType::csv, std::move(body), limits);
    if (!batch) throw std::runtime_error(batch.error().message);
    EXPECT_EQ(test::broken_invariant(*batch), "");
    return *std::move(batch);
}

// What becomes of one record between two good ones.
std::string reason_of(const std::string& record) {
    const Batch batch = decode_good(header + good + record + "\n" + good);
    if (batch.rejected.empty()) return "accepted";
    EXPECT_EQ(batch.events.size(), 2U);
    EXPECT_EQ(batch.rejected[0].line, 3U);
    EXPECT_EQ(batch.rejected[0].bytes, record);
    return std::string(code_of(batch.rejected[0].reason));
}

TEST(CsvDecoder, makes_events_of_records) {
    const Batch batch =
        decode_good(header + good + "r7f3-000002,1795479353123,\"Esopus Creek, lower\nand upper\",Ulster");
    ASSERT_EQ(batch.events.size(), 2U);
    EXPECT_EQ(batch.format, LineFormat::csv);
    EXPECT_EQ(batch.csv_header, "event_id,ts,Waterbody Name,County");
    EXPECT_EQ(batch.line(batch.events[0]), "a-1,2026-11-24T00:15:53Z,Cayuta Creek,Tioga");
    EXPECT_EQ(batch.line(batch.events[1]),
              "r7f3-000002,1795479353123,\"Esopus Creek, lower\nand upper\",Ulster");
    EXPECT_EQ(key_of(batch, 0), "Tioga");
    EXPECT_EQ(key_of(batch, 1), "Ulster");
    EXPECT_EQ(batch.events[1].ts, received_at);
    EXPECT_EQ(batch.events[1].sequence, 2U);
}

TEST(CsvDecoder, an_empty_body_or_a_header_only_is_a_batch_without_events) {
    for (const std::string& body : {std::string(), std::string("\n\r\n"), std::string("\xEF\xBB\xBF"), header,
                                    std::string("event_id,ts")})
        EXPECT_EQ(decode_good(body).received, 0U) << body;
}

TEST(CsvDecoder, skips_a_byte_order_mark_and_takes_crlf) {
    const Batch batch = decode_good(
        "\xEF\xBB\xBF"
        "event_id,ts,County\r\na-1,2026-11-24T00:15:53Z,Tioga\r\n");
    EXPECT_EQ(batch.csv_header, "event_id,ts,County");
    ASSERT_EQ(batch.events.size(), 1U);
    EXPECT_EQ(key_of(batch, 0), "Tioga");
}

TEST(CsvDecoder, refuses_a_header_that_cannot_be_used) {
    for (const char* body :
         {"event_id,County\n", "ts,County\n", "a,b\n", "event_id,ts,\n", "event_id,ts,ts\n",
          "event_id,ts,a,a\n", "event_id,ts,\xFF\n", "event_id,ts,a\"b\n", "event_id,ts,\"a\n",
          "EVENT_ID,TS\n", " event_id,ts\n", "{\"event_id\":\"a-1\"}\n"}) {
        const auto batch = decode(MediaType::csv, body);
        ASSERT_FALSE(batch) << body;
        EXPECT_EQ(batch.error().code, ErrorCode::invalid) << body;
        EXPECT_EQ(batch.error().reason, "csv-header-invalid") << body;
    }
    const auto batch = decode(MediaType::csv, "id,ts,County\n");
    EXPECT_NE(batch.error().message.find("'id', 'ts', 'County'"), std::string::npos) << batch.error().message;
    EXPECT_FALSE(decode(MediaType::csv, "event_id,ts" + std::string(20'000, ',') + "\n"));
}

TEST(CsvDecoder, a_bad_record_costs_that_record_alone) {
    EXPECT_EQ(reason_of("a-1,2026-11-24T00:15:53Z,x"), "csv_field_count");
    EXPECT_EQ(reason_of("a-1,2026-11-24T00:15:53Z,x,y,z"), "csv_field_count");
    EXPECT_EQ(reason_of("x"), "csv_field_count");
    EXPECT_EQ(reason_of(std::string(100'000, ',')), "csv_field_count");
    EXPECT_EQ(reason_of("a-1,2026-11-24T00:15:53Z,x\"y,z"), "csv_stray_quote");
    EXPECT_EQ(reason_of("a-1,2026-11-24T00:15:53Z,\"x\"y,z"), "csv_stray_quote");
    EXPECT_EQ(reason_of("a-1,2026-11-24T00:15:53Z,\"x,y"), "csv_unclosed_quote");
    EXPECT_EQ(reason_of("a-1,2026-11-24T00:15:53Z,\xFF,y"), "invalid_utf8");
    EXPECT_EQ(reason_of("a-1,2026-11-24T00:15:53Z,\xED\xA0\x80,y"), "invalid_utf8") << "a surrogate";
    EXPECT_EQ(reason_of(",2026-11-24T00:15:53Z,x,y"), "event_id_missing");
    EXPECT_EQ(reason_of("a b,2026-11-24T00:15:53Z,x,y"), "event_id_invalid");
    EXPECT_EQ(reason_of("a-1,,x,y"), "ts_missing");
    EXPECT_EQ(reason_of("a-1,yesterday,x,y"), "ts_invalid");
    EXPECT_EQ(reason_of("a-1,1.5,x,y"), "ts_invalid");
    EXPECT_EQ(reason_of("a-1,-1,x,y"), "ts_too_old");
    EXPECT_EQ(reason_of("a-1,9999-12-31T00:00:00Z,x,y"), "ts_in_future");
    EXPECT_EQ(reason_of("a-1,2026-11-24T00:15:53Z,x," + std::string(256, 'y')), "accepted");
    EXPECT_EQ(reason_of("a-1,2026-11-24T00:15:53Z,x," + std::string(257, 'y')), "key_too_long");
    EXPECT_EQ(reason_of(std::string("a-1,2026-11-24T00:15:53Z,\0,y", 28)), "accepted")
        << "NUL is a character";
    EXPECT_EQ(reason_of("a-1,2026-11-24T00:15:53Z,x\ry,z"), "accepted");
}

TEST(CsvDecoder, an_unclosed_quote_at_the_end_costs_the_line_on_which_it_opened) {
    const Batch batch = decode_good(header + good + "a-2,2026-11-24T00:15:53Z,\"x,y\n" + good + good);
    EXPECT_EQ(batch.received, 4U);
    EXPECT_EQ(batch.events.size(), 3U);
    ASSERT_EQ(batch.rejected.size(), 1U);
    EXPECT_EQ(batch.rejected[0].line, 3U);
}

TEST(CsvDecoder, numbers_the_lines_on_which_records_begin) {
    const Batch batch = decode_good(header + "a-1,2026-11-24T00:15:53Z,\"x\ny\nz\",y\n\nbad\n");
    ASSERT_EQ(batch.rejected.size(), 1U);
    EXPECT_EQ(batch.rejected[0].line, 6U);
}

TEST(CsvDecoder, a_record_over_the_limit_costs_that_record_alone) {
    const std::string big(10U << 20U, 'x');
    EXPECT_EQ(reason_of("a-1,2026-11-24T00:15:53Z," + big + ",y"), "line_too_long");
    EXPECT_EQ(reason_of("a-1,2026-11-24T00:15:53Z,\"" + big + "\",y"), "line_too_long");
    EXPECT_EQ(reason_of("a-1,2026-11-24T00:15:53Z,\"" + big + ",y"), "line_too_long")
        << "before the quote that is not closed";
    EventLimits limits;
    limits.max_line_bytes = 11U << 20U;
    EXPECT_EQ(decode_good(header + "a-1,2026-11-24T00:15:53Z," + big + ",y\n", limits).events.size(), 1U);
}

TEST(CsvDecoder, a_missing_column_or_an_empty_cell_counts_as_blank) {
    EXPECT_EQ(key_of(decode_good(header + "a-1,2026-11-24T00:15:53Z,x,\n"), 0), blank_key);
    EXPECT_EQ(key_of(decode_good("event_id,ts\na-1,2026-11-24T00:15:53Z\n"), 0), blank_key);
    EXPECT_EQ(key_of(decode_good(header + "a-1,2026-11-24T00:15:53Z,x, \n"), 0), " ") << "nothing is trimmed";
}

TEST(StoredLines, a_csv_record_reads_as_the_json_object_that_stands_for_it) {
    StoredLineReader reader("County");
    const auto event = reader.read(LineFormat::csv, "Waterbody Name,ts,County,event_id,No.",
                                   "\"Esopus, \"\"lower\"\"\nCreek\",1795479353123,Ulster,a-1,007");
    ASSERT_TRUE(event) << event.error().message;
    EXPECT_EQ(event->event_id, "a-1");
    EXPECT_EQ(event->ts, received_at);
    EXPECT_EQ(event->key, "Ulster");
    EXPECT_EQ(
        event->line,
        R"({"event_id":"a-1","ts":"1795479353123","Waterbody Name":"Esopus, \"lower\"\nCreek","County":"Ulster","No.":"007"})");
}

TEST(StoredLines, follow_a_change_of_header) {
    StoredLineReader reader("County");
    EXPECT_EQ(reader.read(LineFormat::csv, "event_id,ts,County", "a-1,0,x")->key, "x");
    EXPECT_EQ(reader.read(LineFormat::csv, "County,event_id,ts", "y,a-1,0")->key, "y");
    EXPECT_FALSE(reader.read(LineFormat::csv, "broken", "y,a-1,0"));
    EXPECT_EQ(reader.read(LineFormat::csv, "County,event_id,ts", "z,a-1,0")->key, "z");
}

TEST(StoredLines, are_not_asked_whether_they_are_late) {
    StoredLineReader reader("County");
    EXPECT_TRUE(reader.read(LineFormat::ndjson, "", R"({"event_id":"a","ts":"0000-01-01T00:00:00Z"})"));
    EXPECT_TRUE(reader.read(LineFormat::csv, "event_id,ts", "a,9999-12-31T23:59:59.999Z"));
}

TEST(StoredLines, what_is_no_event_any_more_is_an_error) {
    StoredLineReader reader("County");
    const auto unreadable = [&](LineFormat format, std::string_view csv_header, std::string_view line) {
        const auto event = reader.read(format, csv_header, line);
        return !event && event.error().code == ErrorCode::storage &&
               event.error().reason == "line-unreadable";
    };
    for (const char* line : {"", "{", "[]", "{}", R"({"event_id":"a","ts":0,"ts":0})",
                             R"({"event_id":"a","ts":0,"County":1})", R"({"event_id":"a","ts":0}x)"})
        EXPECT_TRUE(unreadable(LineFormat::ndjson, "", line)) << line;
    for (const char* line : {"", "a", "a,0,1", "a,x", "a,0\nb,0", "a,\"0", "\na,0", "a,0\n"})
        EXPECT_TRUE(unreadable(LineFormat::csv, "event_id,ts", line)) << line;
    for (const char* csv_header : {"", "a,b", "event_id,ts\n",
                                   "\xEF\xBB\xBF"
                                   "event_id,ts"})
        EXPECT_TRUE(unreadable(LineFormat::csv, csv_header, "a,0")) << csv_header;
}

}  // namespace
}  // namespace weir

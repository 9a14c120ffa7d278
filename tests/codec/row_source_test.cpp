#include "codec/row_source.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/json_string.h"
#include "codec/row_source_fixture.h"

namespace weir {
namespace {

using test::RowSourceTest;

struct Read {
    std::vector<Row> rows;
    std::vector<DeadLetter> rejected;
    std::string csv_header;
};

Read read_all(const RowSource::Options& options) {
    auto source = RowSource::open(options);
    EXPECT_TRUE(source) << source.error().message;
    Read read;
    if (!source) return read;
    read.csv_header = (*source)->csv_header();
    for (;;) {
        auto row = (*source)->next();
        EXPECT_TRUE(row) << row.error().message;
        if (!row || *row == nullptr) break;
        read.rows.push_back(**row);
    }
    read.rejected = (*source)->take_rejected();
    return read;
}

std::vector<std::string> json_of(const Read& read) {
    std::vector<std::string> all;
    for (const Row& row : read.rows)
        all.push_back(row.json);
    return all;
}

using Texts = std::vector<std::string>;

TEST_F(RowSourceTest, a_csv_row_becomes_both_forms_with_every_value_a_string) {
    const Read read =
        read_all(from(file("a.csv", "Name,County\nCayuta Creek,Chemung\n\"a \"\"b\"\", c\",12\n")));
    ASSERT_EQ(read.rows.size(), 2U);
    EXPECT_EQ(read.csv_header, "event_id,ts,Name,County");
    EXPECT_EQ(read.rows[0].json, R"("Name":"Cayuta Creek","County":"Chemung")");
    EXPECT_EQ(read.rows[0].csv, "Cayuta Creek,Chemung");
    EXPECT_EQ(read.rows[1].json, R"("Name":"a \"b\", c","County":"12")");
    EXPECT_EQ(read.rows[1].csv, "\"a \"\"b\"\", c\",12");
}

TEST_F(RowSourceTest, a_cell_keeps_spaces_line_breaks_and_control_characters) {
    const std::string nul(1, '\0');
    const Read read =
        read_all(from(file("a.csv", "County,Text\n  x  ,\"one\ntwo\r\n\"\nA" + nul + "B,\t\n")));
    EXPECT_EQ(json_of(read),
              (Texts{R"("County":"  x  ","Text":"one\ntwo\r\n")", R"("County":"A\u0000B","Text":"\t")"}));
    EXPECT_EQ(read.rows[1].csv, "A" + nul + "B,\t");
}

TEST_F(RowSourceTest, a_carriage_return_that_is_data_survives_the_csv_form) {
    const Read read = read_all(from(file("a.csv", "Name,County\nx,y\r\r\n")));
    ASSERT_EQ(read.rows.size(), 1U);
    EXPECT_EQ(read.rows[0].json, R"("Name":"x","County":"y\r")");
    EXPECT_EQ(read.rows[0].csv, "x,\"y\r\"");
}

TEST_F(RowSourceTest, a_byte_order_mark_and_crlf_are_no_data) {
    const Read csv = read_all(from(file("a.csv",
                                        "\xEF\xBB\xBF"
                                        "County,B\r\nx,y\r\n\r\nz,\r\n")));
    EXPECT_EQ(csv.csv_header, "event_id,ts,County,B");
    EXPECT_EQ(json_of(csv), (Texts{R"("County":"x","B":"y")", R"("County":"z","B":"")"}));
    const Read json = read_all(from(file("a.ndjson", "\xEF\xBB\xBF{\"a\":1}\r\n\r\n  \n{ \"b\" : 2 }")));
    EXPECT_EQ(json_of(json), (Texts{R"("a":1)", R"("b" : 2)"}));
    EXPECT_EQ(json.csv_header, "");
}

TEST_F(RowSourceTest, ndjson_fields_are_kept_as_they_stand) {
    const std::string line =
        R"({"County" : "\u00e9",  "n":1.50, "o":{"a":[true,null]}, "big":123456789012345678901234567890})";
    EXPECT_EQ(json_of(read_all(from(file("a.ndjson", line + "\n{}\n")))),
              (Texts{line.substr(1, line.size() - 2), ""}));
}

TEST_F(RowSourceTest, the_format_is_told_by_the_name_or_else_by_the_first_byte) {
    const std::string csv = "County\n{\n", json = "{\"County\":\"x\"}\n";
    EXPECT_EQ(read_all(from(file("a.csv", csv))).rows.size(), 1U);
    EXPECT_EQ(read_all(from(file("b", csv))).csv_header, "event_id,ts,County");
    for (const char* name : {"a.ndjson", "a.jsonl", "a.json", "a"})
        EXPECT_EQ(json_of(read_all(from(file(name, json)))), (Texts{R"("County":"x")"})) << name;
    RowSource::Options forced = from(file("wrong.csv", json));
    forced.format = InputFormat::ndjson;
    EXPECT_EQ(read_all(forced).rows.size(), 1U);
    EXPECT_EQ(json_of(read_all(from(file("c", "\xEF\xBB\xBF \n" + json)))), (Texts{R"("County":"x")"}));
}

TEST_F(RowSourceTest, inputs_that_cannot_be_read_say_why) {
    const auto expect = [&](const RowSource::Options& options, std::string_view reason,
                            std::string_view part) {
        const Error error = error_of(options);
        EXPECT_EQ(error.reason, reason) << error.message;
        EXPECT_NE(error.message.find(part), std::string::npos) << error.message;
        EXPECT_TRUE(error.code == ErrorCode::usage || error.code == ErrorCode::io);
        EXPECT_NE(error.hint, "");
    };
    expect(from((folder_ / "missing.csv").string()), "file-missing", "missing.csv");
    expect(from(file("plain", "x") + "/below.csv"), "file-missing", "below.csv");
    expect(from(folder_.string()), "file-is-directory", "directory");
    expect(from(file("empty.csv", "")), "input-empty", "empty.csv");
    expect(from(file("blank.csv", "\n\r\n\n")), "input-empty", "blank.csv");
    expect(from(file("header.csv", "A,County\n")), "input-empty", "header.csv");
    expect(from(file("empty.ndjson", "\n  \n")), "input-empty", "empty.ndjson");
    expect(from(file("none.csv", "Name,Kreis\nx,y\n")), "column-missing", "'Name', 'Kreis'");
    expect(from(file("id.csv", "County,event_id\nx,y\n")), "column-reserved", "event_id");
    expect(from(file("ts.csv", "ts,County\nx,y\n")), "column-reserved", "'ts'");
    expect(from(file("twice.csv", "A,County,A\nx,y,z\n")), "column-duplicate", "'A'");
    expect(from(file("binary.csv", "PK\x03\x04\xFF\xFE,County\nx,y\n")), "header-invalid", "UTF-8");
    expect(from(file("quote.csv", "A,\"County\nx,y\n")), "header-invalid", "csv_unclosed_quote");
    expect(from(file("wide.csv", std::string(20'000, ',') + "County\n")), "header-invalid", "columns");
    const Error alike = error_of(from(file("case.csv", "county\nx\n")));
    EXPECT_NE(alike.hint.find("'county'"), std::string::npos) << alike.hint;
}

TEST_F(RowSourceTest, an_unreadable_file_says_so) {
    if (::geteuid() == 0) GTEST_SKIP() << "root reads everything";
    const std::string path = file("secret.csv", "County\nx\n");
    ::chmod(path.c_str(), 0);
    EXPECT_EQ(error_of(from(path)).reason, "file-unreadable");
}

struct BadRow {
    std::uint64_t line;
    RejectReason reason;
};

void expect_rejected(const Read& read, const std::vector<BadRow>& expected) {
    ASSERT_EQ(read.rejected.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(read.rejected[i].line, expected[i].line) << i;
        EXPECT_EQ(code_of(read.rejected[i].reason), code_of(expected[i].reason)) << i;
        EXPECT_NE(read.rejected[i].message, "") << i;
        EXPECT_NE(read.rejected[i].bytes, "") << i;
    }
}

TEST_F(RowSourceTest, a_bad_csv_row_costs_that_row_alone) {
    const Read read = read_all(from(file("a.csv",
                                         "Name,County\n"
                                         "too few\n"
                                         "too,many,cells\n"
                                         "\"two\nlines\",good\n"
                                         "stray\"quote,x\n"
                                         "bad \xFF,utf8\n"
                                         "last,good\n"
                                         "never,\"closed\n"
                                         "after,good\n")));
    EXPECT_EQ(json_of(read),
              (Texts{R"("Name":"two\nlines","County":"good")", R"("Name":"last","County":"good")",
                     R"("Name":"after","County":"good")"}));
    expect_rejected(read, {{2, RejectReason::csv_field_count},
                           {3, RejectReason::csv_field_count},
                           {6, RejectReason::csv_stray_quote},
                           {7, RejectReason::invalid_utf8},
                           {9, RejectReason::csv_unclosed_quote}});
    EXPECT_EQ(read.rejected[1].bytes, "too,many,cells");
}

TEST_F(RowSourceTest, a_bad_json_line_costs_that_line_alone) {
    const std::string deep = "{\"a\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
    const Read read = read_all(from(file("a.ndjson",
                                         "{\"a\":1}\n"
                                         "{\"a\":\n"
                                         "[1]\n"
                                         "\n" +
                                             deep +
                                             "\n"
                                             "{\"a\":1,\"a\":2}\n"
                                             "{\"a\":\"\\ud800\"}\n"
                                             "{\"a\":NaN}\n"
                                             "{\"a\":1} {\"b\":2}\n"
                                             "{\"event_id\":\"x-1\"}\n"
                                             "{\"t\\u0073\":1}\n"
                                             "{\"event_id\":\"x-1\",\"ts\":1}\n"
                                             "{\"a\":\"\xFF\"}\n"
                                             "{}{}\n"
                                             "{,\"a\":1}\n"
                                             "{\"a\":1,}\n"
                                             "}{\n"
                                             "{\"z\":0}\n"
                                             "tru")));
    EXPECT_EQ(json_of(read), (Texts{R"("a":1)", R"("z":0)"}));
    expect_rejected(read, {{2, RejectReason::json_invalid},
                           {3, RejectReason::not_an_object},
                           {5, RejectReason::nested_too_deep},
                           {6, RejectReason::duplicate_field},
                           {7, RejectReason::invalid_utf8},
                           {8, RejectReason::json_invalid},
                           {9, RejectReason::json_invalid},
                           {10, RejectReason::duplicate_field},
                           {11, RejectReason::duplicate_field},
                           {12, RejectReason::duplicate_field},
                           {13, RejectReason::invalid_utf8},
                           {14, RejectReason::json_invalid},
                           {15, RejectReason::json_invalid},
                           {16, RejectReason::json_invalid},
                           {17, RejectReason::json_invalid},
                           {19, RejectReason::json_invalid}});
    EXPECT_EQ(read.rejected[0].bytes, "{\"a\":");
}

TEST_F(RowSourceTest, what_the_group_by_field_holds_is_left_to_the_server) {
    EXPECT_EQ(read_all(from(file("a.ndjson",
                                 "{\"County\":7}\n{\"County\":\"" + std::string(300, 'x') + "\"}\n{}\n")))
                  .rows.size(),
              3U);
}

TEST_F(RowSourceTest, a_row_of_10_megabytes_is_rejected_and_reading_goes_on) {
    const std::string huge(10'000'000, 'x');
    const Read csv =
        read_all(from(file("a.csv", "County\na\n" + huge + "\nb\n\"" + huge + "\n" + huge + "\"\nc\n")));
    EXPECT_EQ(json_of(csv), (Texts{R"("County":"a")", R"("County":"b")", R"("County":"c")"}));
    expect_rejected(csv, {{3, RejectReason::line_too_long}, {5, RejectReason::line_too_long}});
    const Read json = read_all(from(file("a.ndjson", "{}\n{\"a\":\"" + huge + "\"}\n{}\n" + huge)));
    EXPECT_EQ(json.rows.size(), 2U);
    expect_rejected(json, {{2, RejectReason::line_too_long}, {4, RejectReason::line_too_long}});
}

TEST_F(RowSourceTest, a_line_longer_than_memory_may_hold_is_dropped_as_it_comes) {
    const std::string endless(40'000'000, 'x');
    const Read read =
        read_all(from(file("a.csv", "County\na\n" + endless + "\nb\n\"" + endless + "\"\nc\n")));
    EXPECT_EQ(json_of(read), (Texts{R"("County":"a")", R"("County":"b")", R"("County":"c")"}));
    expect_rejected(read, {{3, RejectReason::line_too_long}, {5, RejectReason::line_too_long}});
}

TEST_F(RowSourceTest, a_quote_that_is_never_closed_costs_one_line_of_a_long_file) {
    std::string text = "Name,County\na,\"open\n";
    const std::string line = "some name,some county\n";
    while (text.size() < 20'000'000)
        text += line;
    const std::size_t good = (text.size() - std::string("Name,County\na,\"open\n").size()) / line.size();
    const Read read = read_all(from(file("a.csv", text)));
    EXPECT_EQ(read.rows.size(), good);
    expect_rejected(read, {{2, RejectReason::csv_unclosed_quote}});
}

TEST_F(RowSourceTest, the_real_data_has_546_rows_of_55_counties) {
    const Read read = read_all(from(WEIR_SOURCE_DIR "/data/recommended_fishing_rivers_and_streams.csv"));
    EXPECT_EQ(read.rows.size(), 546U);
    EXPECT_TRUE(read.rejected.empty());
    std::size_t delaware = 0;
    for (const Row& row : read.rows)
        delaware += row.json.find("\"County\":\"Delaware\"") != std::string::npos ? 1 : 0;
    EXPECT_EQ(delaware, 34U);
}

// Cells of any kind, written as RFC 4180 says and read back through the source, in both forms.
RC_GTEST_FIXTURE_PROP(RowSourceTest, any_cells_come_through, ()) {
    const auto cell = rc::gen::container<std::string>(
        rc::gen::element('a', ',', '"', '\n', '\r', ' ', '\\', '\t', '\0', 'z'));
    const auto rows = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::vector<std::string>>>(
        rc::gen::container<std::vector<std::string>>(3, cell)));
    const auto quoted = [](const std::string& text) {
        std::string out = "\"";
        for (const char c : text)
            out += c == '"' ? std::string("\"\"") : std::string(1, c);
        return out + "\"";
    };
    std::string text = "County,B,C\n";
    Texts json;
    for (const auto& cells : rows) {
        text += quoted(cells[0]) + "," + quoted(cells[1]) + "," + quoted(cells[2]) + "\n";
        json.push_back("\"County\":" + json_string(cells[0]) + ",\"B\":" + json_string(cells[1]) +
                       ",\"C\":" + json_string(cells[2]));
    }
    const Read read = read_all(from(file("a.csv", text)));
    RC_ASSERT(read.rejected.empty());
    RC_ASSERT(json_of(read) == json);
    std::string again = "County,B,C\n";
    for (const Row& row : read.rows)
        again += row.csv + "\n";
    RC_ASSERT(json_of(read_all(from(file("b.csv", again)))) == json);
}

}  // namespace
}  // namespace weir

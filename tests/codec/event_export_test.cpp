#include "codec/event_export.h"

#include <regex>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>

#include "codec/csv_reader.h"

namespace weir {
namespace {

using Json = nlohmann::ordered_json;
using Cells = std::vector<std::string>;

std::string export_csv(const std::vector<std::string>& lines, std::vector<std::string> columns = {}) {
    CsvEventWriter writer(std::move(columns));
    std::string out;
    for (const std::string& line : lines)
        EXPECT_TRUE(writer.append(line, out).has_value()) << line;
    writer.finish(out);
    return out;
}

std::vector<Cells> read_back(const std::string& csv) {
    CsvReader reader(csv);
    CsvRecord record;
    std::vector<Cells> records;
    CsvStatus status = CsvStatus::record;
    while ((status = reader.next(record)) == CsvStatus::record)
        records.push_back(record.cells);
    EXPECT_EQ(status, CsvStatus::end);
    return records;
}

TEST(CsvEventWriter, writes_the_header_of_the_first_event_and_a_record_an_event) {
    EXPECT_EQ(
        export_csv(
            {R"({"event_id":"r-1","ts":"2026-11-24T00:15:53.123Z","Waterbody Name":"Cayuta Creek","County":"St. Lawrence"})",
             R"({"County":"Delaware","ts":1790000000000,"event_id":"r-2","Waterbody Name":"East, West"})"}),
        "event_id,ts,Waterbody Name,County\n"
        "r-1,2026-11-24T00:15:53.123Z,Cayuta Creek,St. Lawrence\n"
        "r-2,1790000000000,\"East, West\",Delaware\n");
}

TEST(CsvEventWriter, writes_other_values_as_their_json_text_without_changing_a_digit) {
    EXPECT_EQ(
        export_csv(
            {R"({"event_id":"r-1","ts":1,"a":-76.610,"b":true,"c":null,"d":{"x":[1, 2]},"e":[1e400 ],"f":18446744073709551616 ,"g":""})"}),
        "event_id,ts,a,b,c,d,e,f,g\n"
        "r-1,1,-76.610,true,null,\"{\"\"x\"\":[1, 2]}\",[1e400 ],18446744073709551616,\n");
}

TEST(CsvEventWriter, makes_formulas_harmless_and_leaves_numbers_alone) {
    const auto cell = [](const std::string& value) {
        const std::string line = R"({"event_id":"r-1","ts":1,"v":)" + Json(value).dump() + "}";
        return read_back(export_csv({line})).at(1).at(2);
    };
    for (const char* dangerous : {"=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\rx", "\nx", "=",
                                  "-", "-76.61.2", "-1e", "+", "-.", "- 5"})
        EXPECT_EQ(cell(dangerous), "'" + std::string(dangerous));
    for (const char* harmless : {"-76.61", "+15551234", "-1e5", "-1.5E-3", "42", "a=b", " =1", "", "'",
                                 "'quoted'", "St. Lawrence", "#1"})
        EXPECT_EQ(cell(harmless), harmless);
    EXPECT_EQ(cell("'=1"), "''=1");  // or the guard could not be told from the value
}

TEST(CsvEventWriter, guards_column_names_too) {
    EXPECT_EQ(export_csv({R"({"event_id":"r-1","ts":1,"=x,y":"v"})"}), "event_id,ts,\"'=x,y\"\nr-1,1,v\n");
}

TEST(CsvEventWriter, keeps_to_the_columns_and_counts_what_has_none) {
    CsvEventWriter writer({"County", "Town"});
    std::string out;
    ASSERT_TRUE(writer.append(R"({"event_id":"r-1","ts":1,"County":"Ulster","Extra":1})", out));
    ASSERT_TRUE(writer.append(R"({"event_id":"r-2","ts":2,"Town":"Olive","Extra":1,"More":{}})", out));
    EXPECT_EQ(out, "event_id,ts,County,Town\nr-1,1,Ulster,\nr-2,2,,Olive\n");
    EXPECT_EQ(writer.values_left_out(), 3U);
    EXPECT_EQ(writer.fields_left_out(), (std::map<std::string, std::uint64_t>{{"Extra", 2}, {"More", 1}}));
}

TEST(CsvEventWriter, names_only_so_many_of_the_fields_left_out) {
    CsvEventWriter writer({"County"});
    std::string out;
    for (int i = 0; i < 300; ++i)
        ASSERT_TRUE(writer.append(R"({"event_id":"r-1","ts":1,"f)" + std::to_string(i) + R"(":0})", out));
    EXPECT_EQ(writer.values_left_out(), 300U);
    EXPECT_EQ(writer.fields_left_out().size(), CsvEventWriter::max_names_left_out);
}

TEST(CsvEventWriter, writes_a_header_when_there_are_no_events) {
    EXPECT_EQ(export_csv({}), "event_id,ts\n");
    EXPECT_EQ(export_csv({}, {"County"}), "event_id,ts,County\n");
}

TEST(CsvEventWriter, refuses_a_line_that_is_no_object_and_writes_nothing_of_it) {
    for (const char* line : {"", "[1]", "7", "{", R"({"event_id":"r-1")", R"({"event_id":"r-1"} {})",
                             R"({"a":"\ud800"})", R"({"a" 1})"}) {
        CsvEventWriter writer;
        std::string out;
        const auto done = writer.append(line, out);
        ASSERT_FALSE(done.has_value()) << line;
        EXPECT_EQ(done.error().reason, "line-unreadable");
        EXPECT_EQ(out, "");
    }
}

// Text that is likely to break a CSV: quotes, separators, line breaks, formula characters, apostrophes.
rc::Gen<std::string> awkward_text() {
    return rc::gen::container<std::string>(rc::gen::element('=', '+', '-', '@', '\t', '\r', '\n', '\'', '"',
                                                            ',', ';', ' ', '0', '7', '.', 'e', 'x', '\\'));
}

TEST(CsvEventWriter, reading_the_export_back_gives_the_values) {
    EXPECT_TRUE(rc::check([] {
        const auto names = *rc::gen::unique<std::vector<std::string>>(rc::gen::suchThat(
            awkward_text(), [](const std::string& name) { return name != "event_id" && name != "ts"; }));
        const auto rows = *rc::gen::inRange(1, 5);
        std::vector<std::string> lines;
        std::vector<Cells> expected{{"event_id", "ts"}};
        expected[0].insert(expected[0].end(), names.begin(), names.end());
        for (int i = 0; i < rows; ++i) {
            Json event{{"event_id", "r-" + std::to_string(i)}, {"ts", i}};
            expected.push_back({"r-" + std::to_string(i), std::to_string(i)});
            for (const std::string& name : names) {
                const std::string value = *awkward_text();
                event[name] = value;
                expected.back().push_back(value);
            }
            lines.push_back(event.dump());
        }
        const std::regex number(R"([+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?)");
        std::vector<Cells> found = read_back(export_csv(lines));
        for (Cells& cells : found)
            for (std::string& cell : cells) {
                RC_ASSERT(cell.empty() || std::string("=+-@\t\r\n").find(cell[0]) == std::string::npos ||
                          std::regex_match(cell, number));
                cell = std::string(unguarded_csv_cell(cell));
            }
        RC_ASSERT(found == expected);
    }));
}

}  // namespace
}  // namespace weir

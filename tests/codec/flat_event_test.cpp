// The quick look at flat objects and the strict parser must never differ.
#include <fstream>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "codec/flat_event_scanner.h"
#include "codec/json_event_parser.h"

namespace weir {
namespace {

const Timestamp now = *parse_rfc3339("2026-11-24T00:15:53.123Z");
const TimeBounds bounds = time_bounds(now, std::chrono::hours{24}, std::chrono::seconds{60});

struct Outcome {
    bool accepted = false;
    std::string event_id, key, reason, message;
    std::int64_t ts = 0;
    bool operator==(const Outcome&) const = default;
};

void PrintTo(const Outcome& outcome, std::ostream* os) {
    *os << outcome.accepted << ' ' << outcome.event_id << ' ' << outcome.ts << ' ' << outcome.key << ' '
        << outcome.reason << ' ' << outcome.message;
}

class Pair {
  public:
    explicit Pair(std::string group_by = "County") : quick_(group_by, 64), strict_(group_by, 64) {}

    Outcome quick(const std::string& line) {
        return outcome([&](auto&&... rest) { return quick_.parse(padded_.copy(line), rest...); });
    }
    Outcome strict(const std::string& line) {
        return outcome([&](auto&&... rest) { return strict_.parse_strictly(padded_.copy(line), rest...); });
    }

  private:
    template <typename Parse>
    static Outcome outcome(const Parse& parse) {
        EventFields fields;
        Rejection rejection;
        Outcome found;
        found.accepted = parse(bounds, fields, rejection);
        if (found.accepted) {
            found.event_id = fields.event_id;
            found.key = fields.key;
            found.ts = to_ms(fields.ts);
        } else {
            found.reason = code_of(rejection.reason);
            found.message = rejection.message;
        }
        return found;
    }

    JsonEventParser quick_, strict_;
    PaddedLine padded_;
};

const std::vector<std::string> lines = {
    R"({"event_id":"run-000001","ts":"2026-11-24T00:15:53.123Z","Name":"Beaver Kill","County":"Delaware"})",
    R"({"event_id":"run-000002","ts":1795479353123,"County":"St. Lawrence","flow":-12.5,"ok":true,"gone":null})",
    R"({ "County" : "Ulster" , "ts" : "2026-11-24T00:15:53.123Z" , "event_id" : "run-3" })",
    R"({"event_id":"r-1","ts":1795479353123,"County":null})",
    R"({"event_id":"r-1","ts":1795479353123,"County":""})",
    R"({"event_id":"r-1","ts":1795479353123})",
    R"({"event_id":"r-1","ts":1795479353123,"County":"Seneca é 🐟","n":0,"m":-0,"d":1.0})",
    R"({"event_id":"r-1","ts":1795479353123,"County":"a \"quoted\" one","nested":{"a":[1,2]}})",
    R"({"event_id":"r-1","ts":1795479353123,"County":"D","County":"D"})",
    R"({"event_id":"r-1","event_id":"r-2","ts":1795479353123})",
    R"({"event_id":"r-1","ts":1795479353123,"big":123456789012345678901234567890,"e":1e5,"z":01})",
    R"({"event_id":"r-1","ts":1795479353123,"z":01})",
    "{\"event_id\":\"r-1\",\"ts\":1795479353123,\"a\":\"tab\there, far into a text that is long enough\"}",
    R"({"event_id":7,"ts":1795479353123})",
    R"({"event_id":"r-1","ts":true,"County":7})",
    R"({"event_id":"r-1","ts":1795479353123.0})",
    R"({"event_id":"r-1","ts":179547935312300000})",
    R"({"event_id":"r-1","ts":-5})",
    R"({"event_id":"r-1","ts":1795479353123,"a":1.,"b":2})",
    R"({"event_id":"r-1","ts":1795479353123,"a":-,"b":2})",
    R"({"event_id":"r-1","ts":1795479353123,"a":nul})",
    R"({"event_id":"r-1","ts":1795479353123,"a":truefalse})",
    R"({"event_id":"r-1","ts":1795479353123,})",
    R"({"event_id":"r-1","ts":1795479353123}})",
    R"({"event_id":"r-1" "ts":1795479353123})",
    R"({"event_id":"r-1","ts":1795479353123,"":1})",
    R"({"event_id":"","ts":1795479353123})",
    R"({"event_id":"a b","ts":"yesterday","County":"x"})",
    R"({})",
    R"({"a"})",
    "{\"event_id\":\"r-1\",\"ts\":1795479353123,\"a\":\"\xFF\"}",
    "{\"event_id\":\"r-1\",\"ts\":1795479353123,\"bad \xE6 name\":\"x\"}",
    "{\"event_id\":\"r-1\",\"ts\":1795479353123,\"a\":\"tab\there\"}",
};

TEST(FlatEvent, agrees_with_the_strict_parser_on_lines_of_every_kind_in_any_order) {
    Pair pair;
    for (const std::string& before : lines)
        for (const std::string& line : lines) {
            pair.quick(before);  // it remembers the shape of the line before
            EXPECT_EQ(pair.quick(line), pair.strict(line)) << line << "\nafter " << before;
        }
}

TEST(FlatEvent, agrees_where_the_group_by_field_is_the_id_or_the_time) {
    for (const std::string group_by : {"event_id", "ts", ""}) {
        Pair pair(group_by);
        for (const std::string& line : lines)
            EXPECT_EQ(pair.quick(line), pair.strict(line)) << line << " by " << group_by;
    }
}

TEST(FlatEvent, reads_the_usual_line_itself) {
    FlatEventScanner scanner("County");
    PaddedLine padded;
    FlatEvent event;
    for (int i = 0; i < 2; ++i) {  // anew, and as the line before
        ASSERT_TRUE(scanner.scan(padded.copy(lines[0]), event));
        EXPECT_EQ(event.event_id, "run-000001");
        EXPECT_EQ(event.ts_text, "2026-11-24T00:15:53.123Z");
        EXPECT_EQ(event.key, "Delaware");
    }
    ASSERT_TRUE(scanner.scan(padded.copy(lines[1]), event));
    EXPECT_EQ(event.ts_number, 1795479353123);
    EXPECT_EQ(event.ts_text, std::nullopt);
}

TEST(FlatEvent, reads_flat_lines_again_after_many_that_are_not) {
    FlatEventScanner scanner("County");
    PaddedLine padded;
    FlatEvent event;
    for (int i = 0; i < 100; ++i)
        EXPECT_FALSE(scanner.scan(padded.copy(lines[7]), event));
    int waited = 0;
    while (!scanner.scan(padded.copy(lines[0]), event))
        ASSERT_LT(++waited, 100);
    EXPECT_TRUE(scanner.scan(padded.copy(lines[0]), event));
}

// Real lines with a few bytes changed, moved, left out or put in.
TEST(FlatEvent, agrees_with_the_strict_parser_on_mutated_lines) {
    EXPECT_TRUE(rc::check([] {
        Pair pair;
        static constexpr std::string_view bytes = "{}[]\",:\\ tfn0123456789.eE+-\t\r\xC3\xA9\xFF\x01u";
        for (int round = 0; round < 20; ++round) {
            std::string line = *rc::gen::elementOf(lines);
            const int changes = *rc::gen::inRange(0, 4);
            for (int i = 0; i < changes && !line.empty(); ++i) {
                const auto at = *rc::gen::inRange<std::size_t>(0, line.size());
                const char byte = bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())];
                switch (*rc::gen::inRange(0, 4)) {
                    case 0:
                        line[at] = byte;
                        break;
                    case 1:
                        line.insert(at, 1, byte);
                        break;
                    case 2:
                        line.erase(at, 1);
                        break;
                    default:
                        line.resize(at);
                }
            }
            RC_LOG(line);
            RC_ASSERT(pair.quick(line) == pair.strict(line));
            RC_ASSERT(pair.quick(line) == pair.strict(line));  // of the shape that it has just seen
        }
    }));
}

}  // namespace
}  // namespace weir

#include "codec/json_rows.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>

namespace weir {
namespace {

using Json = nlohmann::json;

AggregateRow sample_row() {
    AggregateRow row;
    row.view = "county-5m";
    row.window_start = *parse_rfc3339("2026-11-24T00:10:00Z");
    row.window_end = *parse_rfc3339("2026-11-24T00:15:00Z");
    row.total = 6;
    row.counts = {{"Delaware", 3}, {"St. Lawrence", 1}, {"Ulster", 2}};
    row.late = 1;
    row.revision = 2;
    row.final = true;
    row.computed_at = *parse_rfc3339("2026-11-24T00:15:30.500Z");
    row.as_of = 412;
    return row;
}

rc::Gen<std::string> utf8_text() {
    return rc::gen::map(
        rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(std::vector<std::string>{
            "a", "\"", "\\", "\n", std::string(1, '\0'), "é", "😀", " ", "/", "\x7F", "\x1B"})),
        [](const std::vector<std::string>& parts) {
            std::string text;
            for (const auto& part : parts)
                text += part;
            return text;
        });
}
Timestamp any_time() {
    return timestamp_from_ms(*rc::gen::inRange(to_ms(min_timestamp), to_ms(max_timestamp)));
}

AggregateRow any_row() {
    AggregateRow row;
    row.view = *utf8_text();
    row.window_start = any_time();
    row.window_end = any_time();
    row.total = *rc::gen::arbitrary<std::uint64_t>();
    for (auto keys = *rc::gen::inRange(0, 5); keys > 0; --keys)
        row.counts[*utf8_text()] = *rc::gen::positive<std::uint64_t>();
    row.late = *rc::gen::arbitrary<std::uint64_t>();
    row.revision = *rc::gen::arbitrary<std::uint64_t>();
    row.final = *rc::gen::arbitrary<bool>();
    row.run_id = *utf8_text();
    row.computed_at = any_time();
    row.as_of = *rc::gen::arbitrary<std::uint64_t>();
    return row;
}

DeadLetter any_letter() {
    return {*rc::gen::arbitrary<std::uint64_t>(),
            any_time(),
            *utf8_text(),
            *utf8_text(),
            *rc::gen::arbitrary<std::uint64_t>(),
            static_cast<RejectReason>(*rc::gen::inRange<std::size_t>(0, reject_reason_codes.size())),
            *utf8_text(),
            *rc::gen::arbitrary<std::string>()};
}

template <typename T>
void expect_invalid(const Result<T>& result, const std::string& text) {
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().code, ErrorCode::invalid) << text;
    EXPECT_EQ(result.error().reason, "answer-invalid") << text;
}

TEST(JsonRows, a_row_is_written_as_documented) {
    EXPECT_EQ(
        to_json(sample_row()),
        R"({"view":"county-5m","window_start":"2026-11-24T00:10:00.000Z","window_end":"2026-11-24T00:15:00.000Z",)"
        R"("updated":"2026-11-24T00:15:00.000Z","total":6,"counts":{"Delaware":3,"St. Lawrence":1,"Ulster":2},)"
        R"("late":1,"revision":2,"final":true,"run_id":null,"computed_at":"2026-11-24T00:15:30.500Z","as_of":412,"schema":1})");
    AggregateRow run = sample_row();
    run.run_id = "v1";
    run.final = false;
    run.counts.clear();
    EXPECT_NE(to_json(run).find(R"("counts":{},"late":1,"revision":2,"final":false,"run_id":"v1",)"),
              std::string::npos);
}

TEST(JsonRows, top_keeps_the_largest_counts) {
    AggregateRow row = sample_row();
    row.counts = {{"a", 1}, {"b", 5}, {"c", 5}, {"d", 9}};
    EXPECT_NE(to_json(row, 3).find(R"("counts":{"d":9,"b":5,"c":5},"keys":4,)"), std::string::npos)
        << to_json(row, 3);
    EXPECT_NE(to_json(row, 0).find(R"("counts":{},"keys":4,)"), std::string::npos);
    EXPECT_NE(to_json(row, 99).find(R"("counts":{"d":9,"b":5,"c":5,"a":1},"keys":4,)"), std::string::npos);
    EXPECT_EQ(aggregate_row_from_json(to_json(row, 2))->counts, (KeyCounts{{"b", 5}, {"d", 9}}));
}

TEST(JsonRows, rows_come_back_as_they_were) {
    EXPECT_TRUE(rc::check([] {
        const AggregateRow row = any_row();
        RC_ASSERT(aggregate_row_from_json(to_json(row)).value() == row);
        RC_ASSERT(Json::parse(to_json(row)).dump().size() > 0U);
    }));
}

TEST(JsonRows, pages_of_rows_come_back_as_they_were) {
    EXPECT_TRUE(rc::check([] {
        std::vector<AggregateRow> rows;
        for (auto count = *rc::gen::inRange(0, 4); count > 0; --count)
            rows.push_back(any_row());
        const auto next = *rc::gen::arbitrary<bool>() ? std::optional(any_time()) : std::nullopt;
        const auto page = rows_from_json(rows_to_json(rows, next));
        RC_ASSERT(page.has_value());
        RC_ASSERT(page->rows == rows);
        RC_ASSERT(page->next == next);
    }));
    EXPECT_EQ(rows_to_json({}, std::nullopt), R"({"rows":[],"next":null})");
}

TEST(JsonRows, a_verdict_is_written_as_documented) {
    Verdict verdict;
    verdict.batch_id = "r7f3-b1";
    verdict.received = verdict.stored = 500;
    EXPECT_EQ(
        to_json(verdict),
        R"({"batch_id":"r7f3-b1","received":500,"stored":500,"duplicates":0,"rejected":0,"late":0,"errors":[]})");
    verdict.stored = 499;
    verdict.rejected = 1;
    verdict.errors = {{17, RejectReason::key_type, "County is \"a number\""}};
    verdict.replayed = true;
    EXPECT_EQ(to_json(verdict),
              R"({"batch_id":"r7f3-b1","received":500,"stored":499,"duplicates":0,"rejected":1,"late":0,)"
              R"("errors":[{"line":17,"code":"key_type","message":"County is \"a number\""}]})");
    std::string problem = R"({"type":"urn:weir:problem:events-rejected","status":422,)";
    append_json_members(problem, verdict);
    problem += "}";
    verdict.replayed = false;
    EXPECT_EQ(verdict_from_json(problem).value(), verdict) << "beside the fields of a problem";
}

TEST(JsonRows, verdicts_and_ledgers_come_back_as_they_were) {
    EXPECT_TRUE(rc::check([](std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d,
                             std::uint64_t e, std::uint64_t f, std::uint64_t g) {
        const Ledger ledger{a, b, c, d, e, f, g};
        RC_ASSERT(ledger_from_json(to_json(ledger)).value() == ledger);
        Verdict verdict{*utf8_text(), a, b, c, d, e, {}, false};
        for (auto count = *rc::gen::inRange(0, 4); count > 0; --count)
            verdict.errors.push_back(
                {f, static_cast<RejectReason>(*rc::gen::inRange<std::size_t>(0, reject_reason_codes.size())),
                 *utf8_text()});
        RC_ASSERT(verdict_from_json(to_json(verdict)).value() == verdict);
    }));
}

TEST(JsonRows, a_ledger_says_whether_it_balances) {
    EXPECT_EQ(
        to_json(Ledger{6, 3, 2, 1, 0, 4, 5}),
        R"({"received":6,"stored":3,"duplicates":2,"rejected":1,"late":0,"batches":4,"replays":5,"balances":true})");
    EXPECT_NE(to_json(Ledger{7, 3, 2, 1, 0, 4, 5}).find(R"("balances":false)"), std::string::npos);
}

TEST(JsonRows, a_dead_letter_is_written_as_documented) {
    DeadLetter letter{1,     *parse_rfc3339("2026-11-24T00:15:00Z"),
                      "b1",  "127.0.0.1:4711",
                      17,    RejectReason::key_type,
                      "why", "{\"x\":1}"};
    EXPECT_EQ(
        to_json(letter),
        R"({"id":1,"received_at":"2026-11-24T00:15:00.000Z","batch_id":"b1","source":"127.0.0.1:4711","line":17,)"
        R"("code":"key_type","message":"why","bytes":"{\"x\":1}","bytes_base64":null})");
    letter.bytes = "\xFF\xFE";
    EXPECT_NE(to_json(letter).find(R"("bytes":null,"bytes_base64":"//4="})"), std::string::npos);
}

TEST(JsonRows, dead_letters_come_back_as_they_were) {
    EXPECT_TRUE(rc::check([] {
        std::vector<DeadLetter> letters;
        for (auto count = *rc::gen::inRange(0, 4); count > 0; --count)
            letters.push_back(any_letter());
        const auto next =
            *rc::gen::arbitrary<bool>() ? std::optional(*rc::gen::arbitrary<std::uint64_t>()) : std::nullopt;
        const auto page = dead_letters_from_json(dead_letters_to_json(letters, next));
        RC_ASSERT(page.has_value());
        RC_ASSERT(page->letters == letters);
        RC_ASSERT(page->next == next);
    }));
}

TEST(JsonRows, what_is_no_such_record_is_an_error) {
    for (const std::string& text : {std::string(), std::string("{"), std::string("null"), std::string("[]"),
                                    std::string("17"), std::string("{}"), std::string("\xFF"),
                                    std::string(100'000, '['), std::string("{\"rows\":[17],\"next\":null}"),
                                    std::string("{\"dead_letters\":[{}],\"next\":null}")}) {
        expect_invalid(aggregate_row_from_json(text), text);
        expect_invalid(verdict_from_json(text), text);
        expect_invalid(ledger_from_json(text), text);
        expect_invalid(rows_from_json(text), text);
        expect_invalid(dead_letters_from_json(text), text);
    }
}

// Takes each member away, and puts each of some wrong values in its place.
template <typename Read>
void expect_every_member_checked(const Json& good, const Read& read) {
    ASSERT_TRUE(read(good.dump()));
    for (const auto& [name, value] : good.items()) {
        Json without = good;
        without.erase(name);
        expect_invalid(read(without.dump()), "without " + name);
        for (const Json& wrong : {Json(-1), Json(1.5), Json("wrong"), Json(nullptr), Json::array({1}),
                                  Json::object({{"x", -1}})}) {
            if (wrong.type() == value.type()) continue;
            if (name == "run_id" && (wrong.is_string() || wrong.is_null())) continue;
            if (name == "message" && wrong.is_string()) continue;
            Json changed = good;
            changed[name] = wrong;
            expect_invalid(read(changed.dump()), name + " is " + wrong.dump());
        }
    }
}

TEST(JsonRows, every_member_is_checked) {
    expect_every_member_checked(Json::parse(to_json(sample_row())), &aggregate_row_from_json);
    expect_every_member_checked(
        Json::parse(to_json(Verdict{"b", 1, 0, 0, 1, 0, {{1, RejectReason::key_type, "m"}}, false})),
        &verdict_from_json);
    Json ledger = Json::parse(to_json(Ledger{}));
    ledger.erase("balances");  // follows from the others
    expect_every_member_checked(ledger, &ledger_from_json);
}

TEST(JsonRows, a_row_that_contradicts_itself_is_an_error) {
    const Json good = Json::parse(to_json(sample_row()));
    const auto changed = [&](const char* name, const Json& value) {
        Json row = good;
        row[name] = value;
        return row.dump();
    };
    expect_invalid(aggregate_row_from_json(changed("updated", "2026-11-24T00:16:00.000Z")),
                   "updated is not window_end");
    expect_invalid(aggregate_row_from_json(changed("schema", 2)), "another schema");
    expect_invalid(aggregate_row_from_json(changed("counts", {{"Delaware", 0}})), "a count of zero");
    expect_invalid(aggregate_row_from_json(changed("window_end", "2026-11-24")), "no time");
    EXPECT_TRUE(aggregate_row_from_json(changed("something_new", 1))) << "unknown fields are ignored";
}

}  // namespace
}  // namespace weir

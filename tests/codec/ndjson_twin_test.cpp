#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>

#include "base/text.h"
#include "codec/batch_decoder.h"
#include "codec/batch_invariants.h"
#include "codec/decoding.h"

// The plain twin of the NDJSON decoder: slow, obvious, on another JSON library.
namespace weir {
namespace {

using Json = nlohmann::json;
using test::received_at;

constexpr std::int64_t skew_ms = 60'000, retention_ms = 7LL * 86'400'000;
constexpr int max_depth = 64;

struct Outcome {
    std::string reason;  // empty: accepted
    std::string key;
    std::int64_t ts = 0;
    bool operator==(const Outcome&) const = default;
};

void showValue(const Outcome& outcome, std::ostream& os) {
    os << "reason '" << outcome.reason << "' key ";
    rc::show(outcome.key, os);
    os << " ts " << outcome.ts;
}

std::string check_ts(const Json& value, std::int64_t& ts) {
    if (value.is_string()) {
        const auto parsed = parse_timestamp(value.get<std::string>());
        if (!parsed) return "ts_invalid";
        ts = to_ms(*parsed);
    } else {
        if (!value.is_number_integer()) return "ts_invalid";
        if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) return "ts_invalid";
        ts = value.get<std::int64_t>();
        if (ts < to_ms(min_timestamp) || ts > to_ms(max_timestamp)) return "ts_invalid";
    }
    if (ts > to_ms(received_at) + skew_ms) return "ts_in_future";
    if (ts < to_ms(received_at) - retention_ms) return "ts_too_old";
    return "";
}

Outcome twin(const std::string& line) {
    // "unreadable" stands for json_invalid, invalid_utf8 and nested_too_deep: which of them comes first in a
    // line with several faults is for the decoder's own tests.
    const Outcome unreadable{"unreadable", "", 0};
    // nlohmann is laxer here: it skips a byte-order mark at the start of any text, and takes a NUL for the
    // end of it.
    if (line.rfind("\xEF\xBB\xBF", 0) == 0 || line.find('\0') != std::string::npos) return unreadable;
    std::vector<std::string> names;
    int deepest = 0;  // of objects and arrays that hold something, as EventLimits says
    const Json json = Json::parse(
        line,
        [&](int depth, Json::parse_event_t event, Json& parsed) {
            if (event == Json::parse_event_t::key && depth == 1) names.push_back(parsed.get<std::string>());
            const bool end =
                event == Json::parse_event_t::object_end || event == Json::parse_event_t::array_end;
            if (!end) deepest = std::max(deepest, depth);
            return true;
        },
        /*allow_exceptions=*/false);
    if (json.is_discarded() || deepest > max_depth) return unreadable;
    if (!json.is_object()) return {"not_an_object", "", 0};
    std::sort(names.begin(), names.end());
    if (std::adjacent_find(names.begin(), names.end()) != names.end()) return {"duplicate_field", "", 0};
    if (!json.contains("event_id")) return {"event_id_missing", "", 0};
    if (!json["event_id"].is_string() || !is_valid_id(json["event_id"].get<std::string>()))
        return {"event_id_invalid", "", 0};
    if (!json.contains("ts")) return {"ts_missing", "", 0};
    Outcome outcome;
    if (outcome.reason = check_ts(json["ts"], outcome.ts); !outcome.reason.empty())
        return {outcome.reason, "", 0};
    const Json county = json.value("County", Json());
    if (!county.is_null() && !county.is_string()) return {"key_type", "", 0};
    outcome.key = county.is_null() || county.get<std::string>().empty() ? std::string(blank_key)
                                                                        : county.get<std::string>();
    if (outcome.key.size() > max_key_bytes) return {"key_too_long", "", 0};
    return outcome;
}

Outcome decoded(BatchDecoder& decoder, const std::string& line) {
    const auto batch =
        decoder.decode({MediaType::ndjson, "b", "\n" + line, received_at, ""});  // not the first
    RC_ASSERT(batch.has_value());
    RC_ASSERT(test::broken_invariant(*batch) == "");
    RC_ASSERT(batch->received == 1U);
    if (!batch->rejected.empty()) {
        const std::string reason(code_of(batch->rejected[0].reason));
        if (reason == "invalid_utf8" || reason == "json_invalid" || reason == "nested_too_deep")
            return {"unreadable", "", 0};
        return {reason, "", 0};
    }
    return {"", batch->keys.at(0), to_ms(batch->events.at(0).ts)};
}

using Texts = std::vector<std::string>;

const Texts& names() {
    static const Texts all{"\"event_id\"", "\"ts\"", "\"County\"",         "\"a\"", "\"\\u0061\"",
                           "\"Water\"",    "\"\"",   "\"event\\u005fid\"", "\"é\""};
    return all;
}

const Texts& values() {
    static const Texts all{"\"r7f3-000001\"",
                           "\"a-1\"",
                           "\"2026-11-24T00:15:53.123Z\"",
                           "1795479353123",
                           "\"1795479353123\"",
                           "\"Delaware\"",
                           "\"St. Lawrence\"",
                           "\"\"",
                           "null",
                           "true",
                           "false",
                           "0",
                           "-0",
                           "-1",
                           "1.5",
                           "1e3",
                           "12345678901234567890",
                           "123456789012345678901234567890",
                           "9223372036854775807",
                           "\"\\ud83d\\ude00\"",
                           "\"\\ud83d\"",
                           "\"\\udc00x\"",
                           "\"\\u0000\"",
                           "\"\\/\\b\\f\\n\\r\\t\"",
                           "[]",
                           "{}",
                           "[1,[2,{\"b\":[]}]]",
                           "{\"c\":{\"c\":1,\"c\":2}}",
                           "\"2026-11-24T00:15:53+00:00\"",
                           "\"9999-12-31T00:00:00Z\"",
                           "\"x y\"",
                           "NaN",
                           "tru",
                           "\"" + std::string(256, 'k') + "\"",
                           "\"" + std::string(257, 'k') + "\"",
                           std::string(63, '[') + "1" + std::string(63, ']'),
                           std::string(64, '[') + "1" + std::string(64, ']'),
                           std::string(65, '[') + std::string(65, ']')};
    return all;
}

std::string make_line() {
    std::string line = "{";
    const auto add = [&](const std::string& name, const std::string& value) {
        line += (line.size() > 1 ? "," : "") + name + *rc::gen::elementOf(Texts{":", " :\t", ":\r"}) + value;
    };
    // Mostly events, so that the later checks are reached.
    if (*rc::gen::inRange(0, 8) > 0)
        add("\"event_id\"", *rc::gen::elementOf(Texts{"\"r7f3-000001\"", "\"a-1\"", "\"x\""}));
    if (*rc::gen::inRange(0, 8) > 0)
        add("\"ts\"", *rc::gen::elementOf(Texts{"\"2026-11-24T00:15:53Z\"", "1795479353123", "1795479413124",
                                                "1794874553122"}));
    for (auto fields = *rc::gen::inRange(0, 4); fields > 0; --fields)
        add(*rc::gen::elementOf(names()), *rc::gen::elementOf(values()));
    return line + "}";
}

std::string mutate(std::string line) {
    static const Texts pieces{"\"",
                              "\\",
                              "{",
                              "}",
                              "[",
                              "]",
                              ",",
                              ":",
                              "0",
                              "1",
                              "-",
                              ".",
                              "e",
                              "t",
                              " ",
                              "\t",
                              "\r",
                              "\x01",
                              "\x7F",
                              std::string(1, '\0'),
                              "\xC3",
                              "\xA9",
                              "\xED\xA0\x80",
                              "\xF0\x9F\x98\x80",
                              "\xEF\xBB\xBF",
                              "\\u",
                              "d800",
                              "null",
                              "{}",
                              "9999999999"};
    for (auto changes = *rc::gen::inRange(0, 3); changes > 0; --changes) {
        const std::size_t at = *rc::gen::inRange<std::size_t>(0, line.size() + 1);
        line.replace(at, *rc::gen::inRange<std::size_t>(0, 3), *rc::gen::elementOf(pieces));
    }
    return line;
}

// A double that is out of range is JSON, but nlohmann refuses it; weir takes it (see
// numbers_of_any_size_are_json).
bool has_huge_exponent(const std::string& line) {
    for (std::size_t e = line.find_first_of("eE"); e != std::string::npos;
         e = line.find_first_of("eE", e + 1)) {
        std::size_t digits = line.find_first_not_of("+-", e + 1);
        if (digits == std::string::npos || digits > e + 2) continue;
        std::size_t end = line.find_first_not_of("0123456789", digits);
        if (end == std::string::npos) end = line.size();
        if (end - digits > 2) return true;
    }
    return false;
}

TEST(NdjsonTwin, agrees_on_generated_and_mutated_lines) {
    BatchDecoder decoder("County", {});
    std::size_t accepted = 0;
    EXPECT_TRUE(rc::check([&] {
        for (int i = 0; i < 60; ++i) {
            const std::string line = mutate(make_line());
            if (line.find_first_not_of(" \t\r") == std::string::npos || has_huge_exponent(line)) continue;
            // The decoder drops the CR of a CRLF.
            const Outcome expected = twin(line.back() == '\r' ? line.substr(0, line.size() - 1) : line);
            accepted += expected.reason.empty() ? 1 : 0;
            RC_LOG() << line << std::endl;
            RC_ASSERT(decoded(decoder, line) == expected);
        }
    }));
    EXPECT_GT(accepted, 300U) << "one in twenty lines at least should be an event";
}

// Every line keeps its verdict whatever stands around it.
TEST(NdjsonTwin, no_line_harms_another) {
    BatchDecoder decoder("County", {});
    EXPECT_TRUE(rc::check([&] {
        Texts lines;
        for (auto count = *rc::gen::inRange(1, 12); count > 0; --count) {
            const std::string line = mutate(make_line());
            if (line.find_first_not_of(" \t\r") != std::string::npos) lines.push_back(line);
        }
        std::string body;
        for (const auto& line : lines)
            body += line + *rc::gen::elementOf(Texts{"\n", "\r\n", "\n\n"});
        if (*rc::gen::arbitrary<bool>() && !body.empty()) body.pop_back();
        if (!lines.empty() && lines[0].rfind("\xEF\xBB\xBF", 0) == 0)
            return;  // skipped at the start of a body
        const auto batch = decoder.decode({MediaType::ndjson, "b", body, received_at, ""});
        RC_ASSERT(batch.has_value());
        RC_ASSERT(test::broken_invariant(*batch) == "");
        RC_ASSERT(batch->received == lines.size());
        std::size_t event = 0, letter = 0;
        for (const auto& line : lines) {
            const bool good = decoded(decoder, line).reason.empty();
            RC_ASSERT((good ? event < batch->events.size() : letter < batch->rejected.size()));
            if (good)
                RC_ASSERT(line.rfind(std::string(batch->line(batch->events[event++])), 0) == 0);
            else
                RC_ASSERT(line.rfind(batch->rejected[letter++].bytes, 0) == 0);
        }
    }));
}

}  // namespace
}  // namespace weir

#include "codec/view_event.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

#include "base/text.h"
#include "event/event.h"

namespace weir {
namespace {

using Json = nlohmann::json;

ViewSpec grouped_by(std::vector<std::string> fields, const std::string& measured = {}) {
    ViewSpec view;
    view.name = "v";
    view.group_by = std::move(fields);
    if (!measured.empty()) view.measure = MeasureKind::sum;
    view.field = measured;
    return view;
}

// The key, or nothing when the event is of no use to the view.
std::optional<std::string> key_of(const std::string& line, std::vector<std::string> fields) {
    const std::vector<ViewSpec> views{grouped_by(std::move(fields))};
    ViewEventReader reader(views);
    const auto& seen = reader.read(line).front();
    return seen.usable ? std::optional(seen.key) : std::nullopt;
}

std::optional<std::string> value_of(const std::string& value) {
    const std::vector<ViewSpec> views{grouped_by({"k"}, "x")};
    ViewEventReader reader(views);
    const auto& seen = reader.read(R"({"x":)" + value + R"(,"k":"a"})").front();
    return seen.usable ? std::optional(seen.value.text()) : std::nullopt;
}

TEST(ViewEvent, what_is_not_there_is_blank) {
    for (const char* line : {"{}", R"({"k":null})", R"({"k":""})", R"({ "K" : "a" , "k " : 1 })"})
        EXPECT_EQ(key_of(line, {"k"}), "(blank)") << line;
    EXPECT_EQ(key_of(R"({"b":"x"})", {"a", "b", "c"}), "(blank) | x | (blank)");
    EXPECT_EQ(key_of(R"({"k":" "})", {"k"}), " ");
}

TEST(ViewEvent, numbers_are_keys_by_their_value) {
    for (const char* number : {"1.5", "1.50", "15e-1", "0.15E+1", " 1.500 "})
        EXPECT_EQ(key_of(std::string(R"({"k":)") + number + "}", {"k"}), "1.5") << number;
    for (const char* zero : {"0", "-0", "-0.00", "0e5"})
        EXPECT_EQ(key_of(std::string(R"({"k":)") + zero + "}", {"k"}), "0") << zero;
    EXPECT_EQ(key_of(R"({"k":1e40})", {"k"}), std::nullopt);
    EXPECT_EQ(key_of(R"({"k":1e-31})", {"k"}), std::nullopt);
    EXPECT_EQ(key_of(R"({"k":"1.50"})", {"k"}), "1.50");  // a text is taken as it is
    EXPECT_EQ(key_of(R"({"k":"1e40"})", {"k"}), "1e40");
}

TEST(ViewEvent, booleans_are_keys_and_nested_values_are_none) {
    EXPECT_EQ(key_of(R"({"k":true})", {"k"}), "true");
    EXPECT_EQ(key_of(R"({"k": false })", {"k"}), "false");
    for (const char* nested : {"[]", "{}", R"(["a"])", R"({"k":"a"})"})
        EXPECT_EQ(key_of(std::string(R"({"k":)") + nested + "}", {"k"}), std::nullopt) << nested;
    EXPECT_EQ(key_of(R"({"o":{"k":"inner"},"k":"outer","p":[{"k":"inner"}]})", {"k"}), "outer");
    EXPECT_EQ(key_of(R"({"a":"x","b":[]})", {"a", "b"}), std::nullopt);
    EXPECT_EQ(key_of(R"({"a":"x","b":[]})", {"a"}), "x");
}

TEST(ViewEvent, of_several_fields_different_texts_are_different_keys) {
    EXPECT_EQ(key_of(R"({"a":"x","b":2.0})", {"a", "b"}), "x | 2");
    EXPECT_EQ(key_of(R"({"a":"x","b":2.0})", {"b", "a"}), "2 | x");
    EXPECT_EQ(key_of(R"({"a":"x | y","b":"\\"})", {"a", "b"}), R"(x \| y | \\)");
    EXPECT_EQ(key_of(R"({"a":"x | y\\"})", {"a"}), R"(x | y\)");  // of one field as it is
}

TEST(ViewEvent, escapes_are_read_in_names_and_in_values) {
    EXPECT_EQ(key_of(R"({"\u006b":"a\u00e9\n\"\ud83d\ude00"})", {"k"}), "a\xC3\xA9\n\"\xF0\x9F\x98\x80");
    EXPECT_EQ(key_of(R"({"a\"b":"x"})", {"a\"b"}), "x");
    EXPECT_EQ(key_of(R"({"a\\":"x"})", {"a\\"}), "x");
    EXPECT_EQ(key_of(R"({"a\\":"x"})", {"a\\\\"}), "(blank)");
    EXPECT_EQ(key_of("{\"\xC3\xA9\":\"x\"}", {"\xC3\xA9"}), "x");
}

TEST(ViewEvent, keys_over_256_bytes_are_of_no_use) {
    const std::string most(max_key_bytes, 'a'), half(max_key_bytes / 2, 'a'),
        less(max_key_bytes / 2 - 3, 'b');
    EXPECT_EQ(key_of(R"({"k":")" + most + R"("})", {"k"}), most);
    EXPECT_EQ(key_of(R"({"k":")" + most + R"(a"})", {"k"}), std::nullopt);
    EXPECT_EQ(key_of(R"({"a":")" + half + R"(","b":")" + less + R"("})", {"a", "b"}), half + " | " + less);
    EXPECT_EQ(key_of(R"({"a":")" + half + R"(","b":")" + less + R"(b"})", {"a", "b"}), std::nullopt);
    EXPECT_EQ(key_of(R"({"a":")" + half + R"(","b":"|)" + less.substr(1) + R"("})", {"a", "b"}),
              std::nullopt);
}

TEST(ViewEvent, numbers_are_measured_also_as_texts) {
    EXPECT_EQ(value_of("1.50"), "1.5");
    EXPECT_EQ(value_of(R"("1.50")"), "1.5");
    EXPECT_EQ(value_of(R"("-2.5e-3")"), "-0.0025");
    EXPECT_EQ(value_of(R"("\u0031\u0032")"), "12");
    EXPECT_EQ(value_of("-0"), "0");
    for (const char* nonsense :
         {"null", R"("")", R"("abc")", R"(" 1")", R"("1 ")", R"("+1")", R"("1,5")", R"("0x1")", R"("NaN")",
          "true", "[1]", R"({"x":1})", "1e30", R"("1e30")", "1e-31", R"("01")"})
        EXPECT_EQ(value_of(nonsense), std::nullopt) << nonsense;
}

TEST(ViewEvent, each_view_sees_for_itself_and_nothing_is_left_of_the_event_before) {
    const std::vector<ViewSpec> views{grouped_by({"k"}), grouped_by({"k"}, "x"), grouped_by({"x"}, "x"),
                                      grouped_by({"z", "k"}, "k")};
    ViewEventReader reader(views);
    const auto& first = reader.read(R"({"k":7,"x":5,"z":"z"})");
    const std::vector<std::pair<std::string, std::string>> expected{
        {"7", "0"}, {"7", "5"}, {"5", "5"}, {"z | 7", "7"}};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_TRUE(first[i].usable);
        EXPECT_EQ(std::pair(first[i].key, first[i].value.text()), expected[i]);
    }
    const auto& seen = reader.read(R"({"k":"a","x":"no number"})");
    ASSERT_EQ(seen.size(), 4U);
    EXPECT_TRUE(seen[0].usable);
    EXPECT_EQ(seen[0].key, "a");
    EXPECT_EQ(seen[0].value, Decimal());
    for (const std::size_t i : {1U, 2U, 3U})
        EXPECT_FALSE(seen[i].usable) << i;
}

// The twin, on another JSON library. Numbers are only such as print alike in both.
std::optional<std::string> text_of(const Json& event, const std::string& field) {
    const auto found = event.find(field);
    if (found == event.end() || found->is_null()) return "(blank)";
    if (found->is_structured()) return std::nullopt;
    if (found->is_string()) return found->get<std::string>().empty() ? "(blank)" : found->get<std::string>();
    return found->dump();
}

std::optional<std::string> twin_key(const Json& event, const std::vector<std::string>& fields) {
    std::string key;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto text = text_of(event, fields[i]);
        if (!text) return std::nullopt;
        if (i > 0) key += " | ";
        for (const char c : *text)
            key += (fields.size() > 1 && (c == '|' || c == '\\') ? "\\" : "") + std::string(1, c);
    }
    return key.size() > 256 ? std::nullopt : std::optional(key);
}

std::optional<std::string> twin_value(const Json& event, const std::string& field) {
    const auto found = event.find(field);
    if (found == event.end()) return std::nullopt;
    if (found->is_number()) return found->dump();
    const Json inner = found->is_string() ? Json::parse(found->get<std::string>(), nullptr, false) : Json();
    return inner.is_number() && inner.dump() == *found ? std::optional(inner.dump()) : std::nullopt;
}

std::string hostile_text() {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(
        rc::gen::element<std::string>("a", "|", "\\", "\"", " | ", "\n", "\xC3\xA9", "{", "}", ",", ":", "[",
                                      "\x01", "k", "\xF0\x9F\x98\x80"));
    std::string text;
    for (const std::string& piece : pieces)
        text += piece;
    return text;
}

Json some_value() {
    switch (*rc::gen::inRange(0, 8)) {
        case 0:
            return nullptr;
        case 1:
            return *rc::gen::arbitrary<bool>();
        case 2:
            return *rc::gen::arbitrary<std::int64_t>();
        case 3:
            return *rc::gen::inRange(-1000, 1000) + 0.5;
        case 4:
            return Json::array({hostile_text(), Json::object({{"k", 1}})});
        case 5:
            return Json::object({{hostile_text(), hostile_text()}, {"k", "inner"}});
        case 6:
            return std::to_string(*rc::gen::arbitrary<int>());
        default:
            return hostile_text();
    }
}

RC_GTEST_PROP(ViewEvent, keys_and_values_are_those_of_the_twin, ()) {
    const std::vector<std::string> names{"k", "x", "\"", "a|\\b", "\xC3\xA9", hostile_text(), "absent"};
    Json event = Json::object();
    for (std::size_t i = 0; i + 1 < names.size(); ++i)
        if (*rc::gen::inRange(0, 5) > 0) event[names[i]] = some_value();
    std::vector<ViewSpec> views;
    for (int i = *rc::gen::inRange(1, 5); i > 0; --i)
        views.push_back(grouped_by(
            *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(names))),
            *rc::gen::element<std::string>("", "k", "x")));
    const std::string line = event.dump(*rc::gen::element(-1, 1), ' ', *rc::gen::arbitrary<bool>());
    ViewEventReader reader(views);
    reader.read(R"({"k":"before","x":1})");
    const auto& seen = reader.read(line);
    RC_ASSERT(seen.size() == views.size());
    for (std::size_t i = 0; i < views.size(); ++i) {
        const auto key = twin_key(event, views[i].group_by);
        const bool measures = views[i].measure != MeasureKind::count;
        const auto value = measures ? twin_value(event, views[i].field) : "0";
        RC_ASSERT(seen[i].usable == (key && value));
        if (!seen[i].usable) continue;
        RC_ASSERT(seen[i].key == *key);
        RC_ASSERT(seen[i].value == *Decimal::parse(*value));
    }
}

}  // namespace
}  // namespace weir

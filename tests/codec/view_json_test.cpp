#include "codec/view_json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

namespace weir {
namespace {

using Json = nlohmann::json;

const Timestamp noon = *parse_rfc3339("2026-11-24T12:00:00Z");

ViewRow small_row() {
    ViewRow row;
    row.view = "rooms";
    row.measure = "mean:temperature";
    row.window = {noon - Duration{60'000}, noon};
    row.total = 3;
    row.unusable = 1;
    row.groups = {{"a \"b\" | c", {2, "-0.5"}},
                  {"d", {1, "1234567890123456789012345678901234567890.000000000001"}}};
    row.revision = 2;
    row.final = true;
    row.computed_at = noon + Duration{1};
    row.as_of = 18'446'744'073'709'551'615U;
    return row;
}

// docs/http.md, word for word.
constexpr const char* small_text =
    R"({"view":"rooms","measure":"mean:temperature","window_start":"2026-11-24T11:59:00.000Z",)"
    R"("window_end":"2026-11-24T12:00:00.000Z","updated":"2026-11-24T12:00:00.000Z","total":3,"unusable":1,)"
    R"("values":{"a \"b\" | c":-0.5,"d":1234567890123456789012345678901234567890.000000000001},)"
    R"("counts":{"a \"b\" | c":2,"d":1},"revision":2,"final":true,"computed_at":"2026-11-24T12:00:00.001Z",)"
    R"("as_of":18446744073709551615,"schema":1})";

TEST(ViewJson, a_row_is_written_with_all_its_digits) {
    EXPECT_EQ(to_json(small_row()), small_text);
    EXPECT_EQ(*view_row_from_json(small_text), small_row());
}

TEST(ViewJson, what_is_no_row_is_refused) {
    const auto refused = [](const std::string& text) {
        const auto row = view_row_from_json(text);
        EXPECT_FALSE(row) << text;
        if (row) return;
        EXPECT_EQ(row.error().code, ErrorCode::invalid);
        EXPECT_EQ(row.error().reason, "answer-invalid");
    };
    for (const char* text : {"", "{", "null", "[]", "{}", "1", "\"row\"", "{\"rows\":[]}"})
        refused(text);
    for (std::size_t i = 0; i < std::string(small_text).size(); ++i)
        refused(std::string(small_text).substr(0, i));
    const Json good = Json::parse(small_text);
    for (const auto& [name, value] : good.items()) {
        Json bad = good;
        bad.erase(name);
        if (name != "updated") refused(bad.dump());
        for (const Json& other : {Json(nullptr), Json::array(), Json("text"), Json(-1), Json(1.5),
                                  Json(Json::object({{"d", 1}}))}) {
            bad[name] = other;
            if (name == "updated" ||
                (other.is_string() && value.is_string() && (name == "view" || name == "measure")))
                continue;
            refused(bad.dump());
        }
    }
    Json bad = good;
    bad["counts"].erase("d");
    refused(bad.dump());
    bad["counts"]["e"] = 1;
    refused(bad.dump());
    bad = good;
    bad["values"]["d"] = "1";
    refused(bad.dump());
    bad = good;
    bad["values"] = Json::object();
    bad.erase("counts");
    refused(bad.dump());
    bad = good;
    bad["schema"] = 2;
    refused(bad.dump());
}

TEST(ViewJson, what_is_no_page_or_list_is_refused) {
    for (const std::string text :
         {"", "null", "[]", "{}", R"({"rows":null,"next":null})", R"({"rows":[]})",
          R"({"rows":{},"next":null})", R"({"rows":[1],"next":null})", R"({"rows":[],"next":"soon"})",
          R"({"rows":[],"next":1})", R"({"rows":[{}],"next":null})"})
        EXPECT_FALSE(view_rows_from_json(text)) << text;
    EXPECT_TRUE(view_rows_from_json(R"({"rows":[],"next":null})")->rows.empty());
    const std::string good =
        R"({"view":"name=a,window=5m,slide=1m,group-by=x,measure=count","as_of":1,"behind":0,"rows_until":null})";
    EXPECT_EQ(views_from_json("{\"views\":[" + good + "]}")->size(), 1U);
    for (const std::string& text :
         {std::string("{}"), std::string("{\"views\":null}"), std::string("{\"views\":[{}]}"),
          "{\"views\":[" + good + ",1]}", "{\"views\":[" + good + "],}"})
        EXPECT_FALSE(views_from_json(text)) << text;
    const Json parsed = Json::parse(good);
    for (const auto& [name, value] : parsed.items()) {
        Json bad = parsed;
        bad[name] = Json::array();
        EXPECT_FALSE(views_from_json("{\"views\":[" + bad.dump() + "]}")) << name;
        bad.erase(name);
        EXPECT_FALSE(views_from_json("{\"views\":[" + bad.dump() + "]}")) << name;
    }
    Json bad = parsed;
    bad["view"] = "name=a,window=5m,slide=1m,measure=count";  // by no field
    EXPECT_FALSE(views_from_json("{\"views\":[" + bad.dump() + "]}"));
}

std::string hostile_text() {
    const auto pieces = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(
        rc::gen::element<std::string>("a", "\"", "\\", "\n", std::string(1, '\0'), "\xC3\xA9", "{", "}", ",",
                                      ":", "[", "]", "\x7F", "\xF0\x9F\x98\x80", ";", "=", " ")));
    std::string text;
    for (const std::string& piece : pieces)
        text += piece;
    return text;
}

Timestamp some_time() {
    return timestamp_from_ms(*rc::gen::inRange<std::int64_t>(to_ms(min_timestamp), to_ms(max_timestamp)));
}

ViewRow some_row() {
    ViewRow row;
    row.view = hostile_text();
    row.measure = hostile_text();
    row.window = {some_time(), some_time()};
    row.total = *rc::gen::arbitrary<std::uint64_t>();
    row.unusable = *rc::gen::arbitrary<std::uint64_t>();
    for (int i = *rc::gen::inRange(0, 5); i > 0; --i)
        row.groups[hostile_text()] = {
            *rc::gen::arbitrary<std::uint64_t>(),
            *rc::gen::element<std::string>("0", "-1.5", "12345678901234567890.123456789012")};
    row.revision = *rc::gen::arbitrary<std::uint64_t>();
    row.final = *rc::gen::arbitrary<bool>();
    row.computed_at = some_time();
    row.as_of = *rc::gen::arbitrary<std::uint64_t>();
    return row;
}

RC_GTEST_PROP(ViewJson, pages_of_rows_are_read_back, ()) {
    std::vector<ViewRow> rows;
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i)
        rows.push_back(some_row());
    const std::optional<Timestamp> next =
        *rc::gen::arbitrary<bool>() ? std::optional(some_time()) : std::nullopt;
    const std::string text = view_rows_to_json(rows, next);
    RC_ASSERT(Json::parse(text).at("rows").size() == rows.size());
    const auto page = view_rows_from_json(text);
    RC_ASSERT(page.has_value());
    RC_ASSERT(page->rows == rows);
    RC_ASSERT(page->next == next);
}

RC_GTEST_PROP(ViewJson, lists_of_views_are_read_back, ()) {
    std::vector<ViewStatus> views;
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
        ViewStatus status;
        status.spec.name = "v" + std::to_string(i);
        status.spec.group_by = {hostile_text()};
        status.spec.window.slide = status.spec.window.pane = Duration{*rc::gen::inRange(1, 100'000)};
        status.spec.window.size = status.spec.window.slide * 3;
        if (*rc::gen::arbitrary<bool>()) {
            status.spec.measure = MeasureKind::max;
            status.spec.field = hostile_text();
        }
        status.as_of = *rc::gen::arbitrary<std::uint64_t>();
        status.behind = *rc::gen::arbitrary<std::uint64_t>();
        if (*rc::gen::arbitrary<bool>()) status.rows_until = some_time();
        views.push_back(status);
    }
    const std::string text = views_to_json(views);
    const auto read = views_from_json(text);
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->size() == views.size());
    for (std::size_t i = 0; i < views.size(); ++i) {
        const ViewStatus &a = views[i], &b = (*read)[i];
        RC_ASSERT(a.spec == b.spec);
        RC_ASSERT(a.as_of == b.as_of && a.behind == b.behind && a.rows_until == b.rows_until);
        const Json shown = Json::parse(text).at("views").at(i);
        RC_ASSERT(shown.at("group_by") == Json(a.spec.group_by));
        RC_ASSERT(shown.at("measure") == format_measure(a.spec));
    }
}

}  // namespace
}  // namespace weir

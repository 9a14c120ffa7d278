// GET /v1/views, /v1/views/{view} and /v1/view-rows/{view}, against docs/http.md.
#include "running_service.h"
#include "window/view_spec.h"

namespace weir::test {
namespace {

std::string at(std::int64_t seconds) {
    return format_rfc3339(start_time + std::chrono::seconds{seconds});
}

// Two views with slides of 10 s: how many by County, and the sums of x by Site and Room.
ServiceOptions with_views() {
    ServiceOptions options;
    ViewSpec defaults;
    defaults.window = options.window;
    defaults.group_by = {options.group_by};
    options.views = *parse_views(
        "name=counts,window=30s,slide=10s;name=sums,window=10s,slide=10s,group-by=Site,group-by=Room,measure="
        "sum:x",
        defaults);
    return options;
}

std::string sensed(const std::string& id, std::int64_t seconds, const std::string& members) {
    return R"({"event_id":")" + id + R"(","ts":")" + at(seconds) + R"(",)" + members + "}\n";
}

void post_some(RunningService& world) {
    const auto response = world.post(
        sensed("a-1", 1, R"("County":"Kent","Site":"S","Room":"r|1","x":0.1)") +
        sensed("a-2", 2, R"("County":"Kent","Site":"S","Room":"r|1","x":"0.2")") +
        sensed("a-3", 3, R"("Room":7.0,"x":1e2)") + sensed("a-4", 9, R"("County":"Kent","x":"high")") +
        sensed("a-5", 25, R"("County":"Essex","x":1)"));
    ASSERT_EQ(response.status, 200U) << response.body;
    ASSERT_EQ(json_of(response).at("stored"), 5);
}

TEST(ViewRoutes, views_are_listed_with_how_far_they_are) {
    RunningService world(with_views());
    post_some(world);
    world.clock.set(start_time + std::chrono::seconds{31});
    Json views;
    ASSERT_TRUE(eventually([&] {
        views = world.get_json("/v1/views").at("views");
        return views.at(0).at("rows_until") == at(30) && views.at(1).at("rows_until") == at(30);
    })) << views;
    ASSERT_EQ(views.size(), 2U);
    EXPECT_EQ(views[0], (Json{{"name", "counts"},
                              {"view", "name=counts,window=30s,slide=10s,group-by=County,measure=count"},
                              {"group_by", {"County"}},
                              {"measure", "count"},
                              {"window", "30s"},
                              {"slide", "10s"},
                              {"as_of", 1},
                              {"behind", 0},
                              {"rows_until", at(30)}}));
    EXPECT_EQ(views[1].at("group_by"), (Json{"Site", "Room"}));
    EXPECT_EQ(views[1].at("measure"), "sum:x");
    expect_problem(world.get("/v1/views?limit=1"), 400, "invalid-request");
}

TEST(ViewRoutes, a_window_is_counted_when_asked_for) {
    RunningService world(with_views());
    post_some(world);
    const Json sums = world.get_json("/v1/views/sums?at=" + at(10));
    EXPECT_EQ(sums.at("values"), (Json{{R"(S | r\|1)", 0.3}, {"(blank) | 7", 100}}));
    EXPECT_EQ(sums.at("counts"), (Json{{R"(S | r\|1)", 2}, {"(blank) | 7", 1}}));
    EXPECT_EQ(sums.at("total"), 3);
    EXPECT_EQ(sums.at("unusable"), 1);
    EXPECT_EQ(sums.at("revision"), 0);
    EXPECT_EQ(sums.at("final"), false);
    EXPECT_EQ(sums.at("window_start"), at(0));
    // By default with the present slide; epoch milliseconds are taken too.
    EXPECT_EQ(world.get_json("/v1/views/sums"), sums);
    EXPECT_EQ(world.get_json("/v1/views/sums?at=" + std::to_string(to_ms(start_time) + 10'000)), sums);
    EXPECT_EQ(world.get_json("/v1/views/counts").at("counts"), (Json{{"Kent", 3}, {"(blank)", 1}}));
    world.clock.set(start_time + std::chrono::seconds{40});
    EXPECT_EQ(world.get_json("/v1/views/counts?at=" + at(30)).at("counts"),
              (Json{{"Essex", 1}, {"Kent", 3}, {"(blank)", 1}}));
    EXPECT_EQ(world.get_json("/v1/views/counts?at=" + at(40)).at("counts"), (Json{{"Essex", 1}}));
}

TEST(ViewRoutes, what_cannot_be_asked_for_is_a_problem) {
    RunningService world(with_views());
    for (const std::string& path : {std::string("/v1/views/none"), std::string("/v1/view-rows/none"),
                                    "/v1/views/none?at=" + at(10), std::string("/v1/views/Counts")})
        expect_problem(world.get(path), 404, "not-found");
    expect_problem(world.get("/v1/views/sums?at=" + at(5)), 400, "invalid-request");
    expect_problem(world.get("/v1/views/sums?at=" + at(20)), 400, "invalid-request");
    EXPECT_EQ(world.get("/v1/views/sums?at=" + at(10)).status, 200U);
    for (const std::string query : {"?at=soon", "?at=", "?to=", "?limit=1"})
        expect_problem(world.get("/v1/views/sums" + query), 400, "invalid-request");
    for (const std::string& query : {std::string("?limit=0"), std::string("?limit=1001"),
                                     std::string("?at=") + at(10), "?from=" + at(20) + "&to=" + at(10)})
        expect_problem(world.get("/v1/view-rows/sums" + query), 400, "invalid-request");
}

TEST(ViewRoutes, stored_rows_come_in_pages) {
    RunningService world(with_views());
    post_some(world);
    world.clock.set(start_time + std::chrono::seconds{61});
    Json all;
    ASSERT_TRUE(eventually([&] {
        all = world.get_json("/v1/view-rows/counts");
        return all.at("rows").size() == 5;
    })) << all;
    EXPECT_EQ(all.at("next"), nullptr);
    Json paged = Json::array();
    std::string next = at(-100);
    for (const std::size_t expected : {2U, 2U, 1U}) {
        const Json page = world.get_json("/v1/view-rows/counts?limit=2&from=" + next);
        ASSERT_EQ(page.at("rows").size(), expected);
        for (const Json& row : page.at("rows"))
            paged.push_back(row);
        if (expected == 2)
            next = page.at("next");
        else
            EXPECT_EQ(page.at("next"), nullptr);
    }
    EXPECT_EQ(paged, all.at("rows"));
    for (std::size_t i = 0; i < 5; ++i)
        EXPECT_EQ(all.at("rows").at(i).at("window_end"), at(10 * (static_cast<std::int64_t>(i) + 1)));
    // The end of the range is not in it; five rows at a limit of five have nothing after them.
    EXPECT_EQ(world.get_json("/v1/view-rows/counts?from=" + at(20) + "&to=" + at(30)).at("rows").size(), 1U);
    EXPECT_EQ(world.get_json("/v1/view-rows/counts?limit=5").at("next"), nullptr);
    EXPECT_EQ(world.get_json("/v1/view-rows/counts?from=" + at(100)),
              (Json{{"rows", Json::array()}, {"next", nullptr}}));
}

TEST(ViewRoutes, a_server_without_views_has_none) {
    RunningService world;
    EXPECT_EQ(world.get_json("/v1/views"), (Json{{"views", Json::array()}}));
    expect_problem(world.get("/v1/views/counts"), 404, "not-found");
    expect_problem(world.get("/v1/view-rows/counts"), 404, "not-found");
}

TEST(ViewRoutes, views_want_the_token) {
    ServiceOptions options = with_views();
    options.token = "secret";
    RunningService world(options);
    for (const char* path : {"/v1/views", "/v1/views/counts", "/v1/view-rows/counts"}) {
        EXPECT_EQ(world.get(path).status, 200U);
        expect_problem(world.send("GET", path, {}, {{"Authorization", ""}}), 401, "unauthorized");
    }
}

TEST(ViewRoutes, a_late_event_finds_all_of_a_long_window_still_there) {
    using namespace std::chrono_literals;
    ServiceOptions options = with_views();
    options.events.retention = 1h;
    options.views[0].window.size = 6h;
    options.views[0].window.slide = options.views[0].window.pane = 1h;
    RunningService world(options);
    world.post(sensed("a-1", 0, R"("County":"Kent")"));
    const std::string end = at(3 * 3600 + 45 * 60);  // start_time is a quarter past
    world.clock.set(start_time + 3h + 46min);
    const auto row = [&] { return json_of(world.get("/v1/view-rows/counts?from=" + end)).at("rows"); };
    ASSERT_TRUE(eventually([&] { return row().size() == 1; }));
    // Within a moment what is over is dropped, while the row can still be rewritten.
    std::this_thread::sleep_for(1500ms);
    world.post(sensed("a-2", 3 * 3600, R"("County":"Essex")"));
    ASSERT_TRUE(eventually([&] { return row().at(0).at("revision") == 1; }));
    EXPECT_EQ(row().at(0).at("counts"), (Json{{"Essex", 1}, {"Kent", 1}}));
    EXPECT_EQ(world.get_json("/v1/views/counts?at=" + end).at("counts"), row().at(0).at("counts"));
}

}  // namespace
}  // namespace weir::test

// The live page as it is served, and what it reads besides the counts.
#include "codec/compression.h"
#include "running_service.h"
#include "server/page_files.h"

namespace weir::test {
namespace {

TEST(Page, is_in_the_binary_and_wants_no_token) {
    ServiceOptions options;
    options.token = "secret";
    RunningService world(options);
    ASSERT_FALSE(page_files().empty());
    for (const EmbeddedFile& file : page_files()) {
        const std::string path = file.path == "index.html" ? "/" : "/" + std::string(file.path);
        const auto response = world.send("GET", path, {}, {{"Authorization", ""}});
        EXPECT_EQ(response.status, 200U) << path;
        EXPECT_EQ(response.body, file.bytes);
        const auto policy = response.headers.get("Content-Security-Policy").value_or("");
        EXPECT_EQ(policy.rfind("default-src 'none'; script-src 'self'; style-src 'self'; ", 0), 0U) << policy;
        EXPECT_EQ(policy.find("unsafe"), std::string_view::npos);
        EXPECT_EQ(response.headers.get("X-Content-Type-Options").value_or(""), "nosniff");
    }
    expect_problem(world.send("GET", "/v1/ledger", {}, {{"Authorization", ""}}), 401, "unauthorized");
}

TEST(Page, is_sent_once_while_it_does_not_change) {
    RunningService world;
    const auto first = world.get("/");
    EXPECT_EQ(first.headers.get("Content-Type").value_or(""), "text/html; charset=utf-8");
    EXPECT_EQ(first.headers.get("Cache-Control").value_or(""), "no-cache");
    const std::string tag(first.headers.get("ETag").value_or(""));
    ASSERT_GE(tag.size(), 10U);
    for (const std::string& known : {tag, "W/" + tag, "\"other\", " + tag, std::string("*")}) {
        const auto again = world.send("GET", "/", {}, {{"If-None-Match", known}});
        EXPECT_EQ(again.status, 304U) << known;
        EXPECT_TRUE(again.body.empty());
        EXPECT_EQ(again.headers.get("ETag").value_or(""), tag);
    }
    EXPECT_EQ(world.send("GET", "/", {}, {{"If-None-Match", "\"other\""}}).status, 200U);
    EXPECT_EQ(world.get("/?at=2026-11-24T00:15:00Z").status, 200U);
}

TEST(Page, is_sent_in_gzip_to_whoever_takes_that) {
    RunningService world;
    const auto plain = world.get("/assets/app.js");
    const auto small = world.send("GET", "/assets/app.js", {}, {{"Accept-Encoding", "br, gzip"}});
    EXPECT_EQ(small.headers.get("Content-Encoding").value_or(""), "gzip");
    EXPECT_FALSE(plain.headers.get("Content-Encoding"));
    EXPECT_LT(2 * small.body.size(), plain.body.size());
    const auto unpacked = gzip_decompress(small.body, {});
    ASSERT_TRUE(unpacked);
    EXPECT_EQ(*unpacked, plain.body);
    // Caches must keep the two apart, and each is known by a tag of its own.
    const std::string tag(small.headers.get("ETag").value_or(""));
    EXPECT_NE(tag, plain.headers.get("ETag").value_or(""));
    for (const auto* response : {&plain, &small})
        EXPECT_EQ(response->headers.get("Vary").value_or(""), "Accept-Encoding");
    const auto known =
        world.send("GET", "/assets/app.js", {}, {{"Accept-Encoding", "gzip"}, {"If-None-Match", tag}});
    EXPECT_EQ(known.status, 304U);
    EXPECT_EQ(known.headers.get("Vary").value_or(""), "Accept-Encoding");
    EXPECT_EQ(world.send("GET", "/assets/app.js", {}, {{"If-None-Match", tag}}).status, 200U);
    const auto head = world.send("HEAD", "/assets/app.js", {}, {{"Accept-Encoding", "gzip"}});
    EXPECT_EQ(head.headers.get("Content-Encoding").value_or(""), "gzip");
}

TEST(Page, has_the_outlines_that_the_server_was_given) {
    RunningService without;
    expect_problem(without.get("/v1/map"), 404, "not-found");
    EXPECT_EQ(without.get_json("/v1/status").at("map"), false);
    ServiceOptions options;
    options.token = "secret";
    options.map_json = R"({"width":1000,"height":500,"outlines":[["A","M6,6l1,0 0,1z"]]})";
    RunningService world(options);
    EXPECT_EQ(world.get("/v1/map").body, options.map_json);
    EXPECT_EQ(world.get("/v1/map").headers.get("Content-Type").value_or(""), "application/json");
    EXPECT_EQ(world.get_json("/v1/status").at("map"), true);
    expect_problem(world.send("GET", "/v1/map", {}, {{"Authorization", ""}}), 401, "unauthorized");
}

TEST(Page, has_no_other_files) {
    RunningService world;
    for (const char* path : {"/assets/", "/assets/none.js", "/assets/../index.html",
                             "/assets/%2e%2e/index.html", "/index.html", "/assets"})
        expect_problem(world.get(path), 404, "not-found");
    expect_problem(world.get("/?form=1"), 400, "invalid-request");
    expect_problem(world.send("POST", "/", "x"), 405, "method-not-allowed");
}

TEST(Page, a_search_looks_through_all_keys_without_regard_to_case) {
    RunningService world;
    world.post(line_of("a-1") + "\n" + line_of("a-2", 0, "St. Lawrence") + "\n" +
               line_of("a-3", 0, "st. ives") + "\n" + line_of("a-4", 0, "st. ives") + "\n");
    const Json all = world.get_json("/v1/windows/live?match=ST.");
    EXPECT_EQ(all.at("counts"), (Json{{"St. Lawrence", 1}, {"st. ives", 2}}));
    EXPECT_EQ(all.at("total"), 4);
    const Json first = world.get_json("/v1/windows/live?top=1&match=st.");
    EXPECT_EQ(first.at("counts"), (Json{{"st. ives", 2}}));
    EXPECT_EQ(first.at("keys"), 2);
    EXPECT_EQ(world.get_json("/v1/windows/live?match=").at("counts").size(), 3U);
    EXPECT_EQ(world.get_json("/v1/windows/live?match=.*").at("counts").size(), 0U);
}

TEST(Page, a_series_is_the_rows_in_columns) {
    RunningService world;
    world.post(line_of("a-1", -1) + "\n" + line_of("a-2", 0, "Sussex") + "\n" +
               line_of("a-3", 59'999, "Sussex") + "\n");
    world.clock.set(start_time + std::chrono::seconds{121});
    const auto time = [](std::int64_t seconds) {
        return format_rfc3339(start_time + std::chrono::seconds{seconds});
    };
    ASSERT_TRUE(eventually([&] { return world.get("/v1/rows/" + time(120)).status == 200; }));
    const std::string range = "?from=" + time(0) + "&to=" + time(121);
    const Json series = world.get_json("/v1/series" + range + "&key=Sussex&key=Nowhere&key=Kent");
    EXPECT_EQ(series.at("window_ends"), Json({time(0), time(60), time(120)}));
    EXPECT_EQ(series.at("totals"), Json({1, 3, 3}));
    EXPECT_EQ(series.at("series"), Json({{{"key", "Sussex"}, {"counts", {0, 2, 2}}},
                                         {{"key", "Nowhere"}, {"counts", {0, 0, 0}}},
                                         {{"key", "Kent"}, {"counts", {1, 1, 1}}}}));
    EXPECT_EQ(series.at("next"), nullptr);
    EXPECT_EQ(world.get_json("/v1/series" + range).at("series"), Json::array());
    std::string many = range;
    for (int i = 0; i < 11; ++i)
        many += "&key=" + std::to_string(i);
    for (const std::string& query : {many, std::string(), range + "&to=1", range + "&keys=1"})
        expect_problem(world.get("/v1/series" + query), 400, "invalid-request");
}

}  // namespace
}  // namespace weir::test

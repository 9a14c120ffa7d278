// What a page of another site may have a reader's browser send: nothing that changes anything.
#include "server/cross_origin.h"

#include "running_service.h"

namespace weir::test {
namespace {

bool is_refused(const HeaderList& headers) {
    http::RequestHead head;
    for (const auto& [name, value] : headers)
        head.headers.add(name, value);
    return is_cross_origin(head);
}

TEST(CrossOrigin, is_what_the_browser_says_it_is) {
    const std::pair<std::string, std::string> host{"Host", "weir.example:8080"};
    EXPECT_FALSE(is_refused({host})) << "no browser";
    EXPECT_FALSE(is_refused({host, {"Origin", "http://weir.example:8080"}}));
    EXPECT_FALSE(is_refused({host, {"Origin", "https://WEIR.example:8080"}})) << "a proxy speaks TLS";
    for (const char* origin : {"http://weir.example", "http://weir.example:80", "http://evil.example:8080",
                               "null", "", "http://weir.example:8080.evil.example", "weir.example:8080"})
        EXPECT_TRUE(is_refused({host, {"Origin", origin}})) << origin;
    for (const char* site : {"same-origin", "none"})
        EXPECT_FALSE(is_refused({host, {"Sec-Fetch-Site", site}, {"Origin", "http://before.the.proxy"}}))
            << site;
    for (const char* site : {"cross-site", "same-site", "", "x"})
        EXPECT_TRUE(is_refused({host, {"Sec-Fetch-Site", site}, {"Origin", "http://weir.example:8080"}}))
            << site;
}

const std::vector<std::string> changing{"/v1/events", "/v1/aggregations", "/v1/verifications", "/write?db=d",
                                        "/api/v2/write?bucket=b"};

TEST(CrossOrigin, nothing_can_be_changed_from_another_sites_page) {
    RunningService world;
    const HeaderList form{{"Content-Type", "text/plain"}, {"Sec-Fetch-Site", "cross-site"}};
    for (const std::string& path : changing) {
        const auto refused = world.send("POST", path, R"({"run_id":"r1"})", form);
        EXPECT_EQ(refused.status, 403U) << path;
        EXPECT_EQ(world.send("POST", path, "{}", {{"Origin", "http://evil.example"}}).status, 403U) << path;
        EXPECT_NE(world.send("POST", path, "{}", {{"Sec-Fetch-Site", "same-origin"}}).status, 403U) << path;
        EXPECT_NE(world.send("POST", path, "{}").status, 403U) << path;
        if (path.starts_with("/v1/")) expect_problem(refused, 403, "cross-origin");
    }
    expect_problem(world.get("/v1/runs/r1"), 404, "not-found");
    EXPECT_EQ(world.send("GET", "/v1/status", {}, form).status, 200U);
}

TEST(CrossOrigin, a_token_is_proof_enough) {
    ServiceOptions options;
    options.token = "secret";
    RunningService world(options);
    const HeaderList page{{"Origin", "https://board.example"}, {"Sec-Fetch-Site", "cross-site"}};
    EXPECT_EQ(world.send("POST", "/v1/aggregations", R"({"run_id":"r1"})", page).status, 201U);
    HeaderList without = page;
    without.emplace_back("Authorization", "");
    for (const std::string& path : changing)
        EXPECT_EQ(world.send("POST", path, "{}", without).status, 401U) << path;
}

}  // namespace
}  // namespace weir::test

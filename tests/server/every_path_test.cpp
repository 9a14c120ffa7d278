// What holds on every path that is read.
#include "running_service.h"

namespace weir::test {
namespace {

const std::vector<std::string> read_paths{"/v1/events",  "/v1/rows",         "/v1/rows/latest",  "/v1/rows/0",
                                          "/v1/runs/r1", "/v1/windows/live", "/v1/panes",        "/v1/counts",
                                          "/v1/ledger",  "/v1/status",       "/v1/dead-letters", "/livez",
                                          "/readyz",     "/metrics"};

TEST(ReadRoutes, an_unknown_parameter_is_refused_on_every_path) {
    RunningService world;
    for (const std::string& path : read_paths)
        expect_problem(world.get(path + "?form=1"), 400, "invalid-request");
    expect_problem(world.send("POST", "/v1/aggregations?tpo=1", "{}"), 400, "invalid-request");
}

TEST(ReadRoutes, another_method_is_405_and_told_which_there_are) {
    RunningService world;
    for (const std::string& path : read_paths) {
        const auto response = world.send("DELETE", path);
        expect_problem(response, 405, "method-not-allowed");
        const std::string allow(response.headers.get("Allow").value_or(""));
        EXPECT_NE(allow.find("GET"), std::string::npos) << path << ": " << allow;
        EXPECT_NE(allow.find("HEAD"), std::string::npos) << path << ": " << allow;
        EXPECT_EQ(allow.find("POST") != std::string::npos, path == "/v1/events") << path << ": " << allow;
    }
    EXPECT_EQ(world.get("/v1/aggregations").headers.get("Allow"), "POST");
}

TEST(ReadRoutes, an_unknown_path_is_404) {
    RunningService world;
    for (const char* path :
         {"/index.html", "/v1", "/v1/", "/v2/events", "/v1/event", "/v1/ledger/", "/v1/rows/", "/metrics/x"})
        expect_problem(world.get(path), 404, "not-found");
}

TEST(ReadRoutes, head_answers_as_get_without_a_body) {
    RunningService world;
    for (const char* path : {"/v1/ledger", "/livez", "/v1/windows/live", "/v1/rows/latest"}) {
        const auto get = world.get(path);
        const auto head = world.send("HEAD", path);
        EXPECT_EQ(head.status, get.status) << path;
        EXPECT_TRUE(head.body.empty());
        EXPECT_EQ(head.headers.get("Content-Type"), get.headers.get("Content-Type"));
    }
    EXPECT_EQ(world
                  .send("HEAD", "/v1/events?from=" + format_rfc3339(start_time) +
                                    "&to=" + format_rfc3339(start_time + Duration{1000}))
                  .status,
              200U);
}

}  // namespace
}  // namespace weir::test

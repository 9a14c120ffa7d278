#include "server/router.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

Router some_router() {
    Router router;
    for (const auto& [method, path] :
         std::vector<std::pair<std::string, std::string>>{{"POST", "/v1/events"},
                                                          {"GET", "/v1/events"},
                                                          {"GET", "/v1/rows/latest"},
                                                          {"GET", "/v1/rows/{end}"}})
        router.add({method, path, {}, Where::here, {}});
    return router;
}

TEST(Router, finds_the_route_of_method_and_path) {
    const Router router = some_router();
    EXPECT_EQ(router.find("POST", "/v1/events")->route, 0U);
    EXPECT_EQ(router.find("GET", "/v1/events")->route, 1U);
    EXPECT_EQ(router.find("HEAD", "/v1/events")->route, 1U) << "HEAD works wherever GET does";
    EXPECT_EQ(router.find("GET", "/v1/rows/latest")->route, 2U);
    EXPECT_FALSE(router.find("PUT", "/v1/events"));
    EXPECT_FALSE(router.find("get", "/v1/events")) << "methods are case-sensitive";
    for (const char* path : {"/", "/v1", "/v1/events/", "/v1/event", "/V1/events", "/v1/rows", "/v1/rows/"})
        EXPECT_FALSE(router.find("GET", path)) << path;
}

TEST(Router, an_argument_takes_all_of_the_rest) {
    const Router router = some_router();
    EXPECT_EQ(router.find("GET", "/v1/rows/2026")->argument, "2026");
    EXPECT_EQ(router.find("GET", "/v1/rows/a/b")->argument, "a/b");
    EXPECT_EQ(router.find("GET", "/v1/rows/latest2")->argument, "latest2");
}

TEST(Router, tells_the_methods_of_a_path) {
    const Router router = some_router();
    EXPECT_EQ(router.allowed("/v1/events"), "POST, GET, HEAD");
    EXPECT_EQ(router.allowed("/v1/rows/latest"), "GET, HEAD");
    EXPECT_EQ(router.allowed("/v2"), "");
}

}  // namespace
}  // namespace weir

// Which connections stand for each other, over real ones on loopback.
#include "aws/pooled_sender.h"

#include <gtest/gtest.h>

#include "http/test_server.h"

namespace weir::aws::test {
namespace {

using namespace std::chrono_literals;
using http::test::TestServer;

struct World {
    World() {
        for (TestServer* server : {&one, &other})
            server->server->start();
    }
    // Posts to a path; what the server that was asked saw of it last.
    std::string post(TestServer& server, const std::string& prefix = {}, const SendLimits& limits = {}) {
        http::ClientRequest request;
        request.method = "POST";
        request.target = "/x";
        request.body = "body";
        const auto answer = sender.send({"127.0.0.1", server.port(), prefix}, request, limits);
        EXPECT_TRUE(answer) << answer.error().message;
        const auto handled = server.application.handled();
        return handled.empty() ? "nothing came" : handled.back().head.path;
    }

    TestServer one, other;
    PooledSender sender{""};
};

TEST(PooledSender, a_connection_is_kept_for_the_next_request) {
    World world;
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(world.post(world.one), "/x");
    EXPECT_EQ(world.one.server->connections(), 1U);
}

TEST(PooledSender, another_endpoint_is_never_asked_over_a_kept_connection) {
    World world;
    EXPECT_EQ(world.post(world.one), "/x");
    EXPECT_EQ(world.post(world.other), "/x");
    EXPECT_EQ(world.post(world.one, "/prefix"), "/prefix/x");
    EXPECT_EQ(world.post(world.one), "/x");
    EXPECT_EQ(world.one.application.handled().size(), 3U);
    EXPECT_EQ(world.other.application.handled().size(), 1U);
}

TEST(PooledSender, other_limits_get_a_connection_of_their_own) {
    World world;
    world.post(world.one);
    world.post(world.one, "", {.timeout = 5s});
    world.post(world.one, "", {.connect_timeout = 1s});
    EXPECT_EQ(world.one.server->connections(), 3U);
    world.post(world.one, "", {.timeout = 5s});
    EXPECT_EQ(world.one.server->connections(), 3U);
}

}  // namespace
}  // namespace weir::aws::test

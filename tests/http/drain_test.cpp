// How a server ends.
#include <thread>

#include "http/test_server.h"

namespace weir::http::test {
namespace {

using namespace std::chrono_literals;

TEST(Drain, idle_connections_are_closed_and_new_ones_are_not_taken) {
    TestServer server;
    server.server->start();
    RawSocket kept{server.port()}, silent{server.port()};
    kept.send(plain_get);
    EXPECT_EQ(status_of(kept.read_answer()), 200U);
    const auto start = std::chrono::steady_clock::now();
    server.server->drain(120s);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 60s);
    EXPECT_EQ(kept.read_to_end() + silent.read_to_end(), "");
    EXPECT_EQ(server.server->connections(), 0U);
    EXPECT_THROW(RawSocket{server.port()}, std::runtime_error);
}

TEST(Drain, a_running_request_is_finished_and_its_connection_closed) {
    TestServer server;
    HeldResponders held;
    server.application.handler = held.handler();
    server.server->start();
    RawSocket socket{server.port()};
    socket.send(plain_get);
    ASSERT_TRUE(held.wait_for(1));
    std::thread drainer{[&] { server.server->drain(120s); }};
    EXPECT_TRUE(eventually([&] {  // until it accepts no longer
        try {
            const RawSocket probe{server.port()};
        } catch (const std::runtime_error&) {
            return true;
        }
        return false;
    }));
    held.answer_all({.status = 200, .body = "done"});
    const std::string answer = socket.read_to_end();
    socket.reset();
    drainer.join();
    EXPECT_EQ(body_of(answer), "done");
    EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos);
}

TEST(Drain, a_request_whose_body_is_still_coming_is_finished) {
    TestServer server;
    server.server->start();
    RawSocket socket{server.port()};
    socket.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    socket.read_through("\r\n\r\n");
    std::thread drainer{[&] { server.server->drain(120s); }};
    std::this_thread::sleep_for(20ms);
    socket.send("abc");
    EXPECT_EQ(body_of(socket.read_to_end()), "abc");
    socket.reset();
    drainer.join();
}

TEST(Drain, what_is_left_at_the_deadline_is_cut) {
    TestServer server;
    HeldResponders held;
    server.application.handler = held.handler();
    server.server->start();
    RawSocket socket{server.port()};
    socket.send(plain_get);
    ASSERT_TRUE(held.wait_for(1));
    const auto start = std::chrono::steady_clock::now();
    server.server->drain(50ms);
    const auto took = std::chrono::steady_clock::now() - start;
    EXPECT_GE(took, 50ms);
    EXPECT_LT(took, 60s);
    EXPECT_EQ(socket.read_to_end(), "");
    held.answer_all();
}

TEST(Drain, may_be_called_twice_and_before_the_start) {
    TestServer server;
    server.server->drain(10ms);
    TestServer started;
    started.server->start();
    started.server->drain(10ms);
    started.server->drain(10ms);
}

TEST(Drain, the_destructor_ends_at_once_whatever_is_running) {
    HeldResponders held;
    const auto start = std::chrono::steady_clock::now();
    {
        TestServer server;
        server.application.handler = [&](Request request, Responder responder) {
            if (request.head.path != "/stream")
                return held.handler()(std::move(request), std::move(responder));
            Response response;
            response.stream = [] { return BodyPiece{BodyPiece::Kind::data, std::string(1U << 20U, 'x')}; };
            responder.send(std::move(response));
        };
        auto options = test_options();
        options.threads = 1;
        server.server = TestServer::open(options, server.application);
        server.server->start();
        RawSocket head{server.port()}, body{server.port()}, waiting{server.port()}, streaming{server.port()},
            silent{server.port()};
        head.send("GET ");
        body.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na");
        waiting.send(plain_get);
        streaming.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
        ASSERT_TRUE(server.application.wait_for_handled(2));
        server.server.reset();
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, 60s);
}

}  // namespace
}  // namespace weir::http::test

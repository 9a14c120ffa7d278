// What a connection does with well-formed requests: order, form of answers, 100-continue, refusals, the life
// of a Responder.
#include <thread>

#include "http/test_server.h"
#include "support/reserved_port.h"

namespace weir::http::test {
namespace {

using namespace std::chrono_literals;

TEST(Server, an_answer_has_date_length_server_and_its_own_fields) {
    TestServer server;
    server.application.handler = [](const Request&, const Responder& responder) {
        Response response;
        response.status = 201;
        response.headers.add("Content-Type", "text/plain");
        response.headers.add("Content-Length", "999");         // the server's own
        response.headers.add("Transfer-Encoding", "chunked");  // the server's own
        response.headers.add("X-Broken", "a\r\nInjected: b");
        response.body = "hello";
        responder.send(std::move(response));
    };
    server.server->start();
    const std::string answer = server.exchange(last_get);
    const std::string head = answer.substr(0, answer.find("\r\n\r\n") + 2);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 201 Created\r\n"));
    EXPECT_NE(head.find("\r\nServer: weir\r\n"), std::string::npos);
    EXPECT_NE(head.find("\r\nContent-Type: text/plain\r\n"), std::string::npos);
    EXPECT_NE(head.find("\r\nContent-Length: 5\r\n"), std::string::npos);
    EXPECT_NE(head.find(" GMT\r\n"), std::string::npos);
    EXPECT_EQ(head.find("999"), std::string::npos);
    EXPECT_EQ(head.find("Transfer-Encoding"), std::string::npos);
    EXPECT_EQ(head.find("Injected"), std::string::npos);
    EXPECT_EQ(body_of(answer), "hello");
}

TEST(Server, pipelined_requests_are_answered_one_after_another_in_their_order) {
    TestServer server;
    std::atomic<int> running{0}, most{0};
    std::vector<std::thread> threads;
    server.application.handler = [&](Request request, const Responder& responder) {
        most = std::max(most.load(), ++running);
        threads.emplace_back([&running, responder, body = std::move(request.body)]() mutable {
            Response response;
            response.body = std::move(body);
            --running;
            responder.send(std::move(response));
        });
    };
    server.server->start();
    std::string requests, expected;
    for (int i = 0; i < 300; ++i)
        requests += post(fmt::format("<{}>", i));
    for (int i = 0; i < 300; ++i)
        expected += fmt::format("<{}>", i);
    RawSocket socket{server.port()};
    socket.send(requests);
    std::string bodies;
    for (int i = 0; i < 300; ++i)
        bodies += body_of(socket.read_answer());
    EXPECT_EQ(bodies, expected);
    EXPECT_EQ(most, 1);
    for (auto& thread : threads)
        thread.join();
}

TEST(Server, requests_cut_into_single_bytes_are_understood) {
    TestServer server;
    server.server->start();
    RawSocket socket{server.port()};
    const std::string bytes =
        post("abc") +
        "POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\nT: v\r\n\r\n";
    std::thread sender{[&] {
        for (const char c : bytes)
            socket.send({&c, 1});
    }};
    sender.join();
    EXPECT_EQ(body_of(socket.read_answer()), "abc");
    EXPECT_EQ(body_of(socket.read_answer()), "de");
}

TEST(Server, a_request_that_awaits_100_continue_is_asked_for_its_body_once_admitted) {
    TestServer server;
    server.server->start();
    RawSocket socket{server.port()};
    socket.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\n");
    EXPECT_EQ(socket.read_through("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    socket.send("abc");
    EXPECT_EQ(body_of(socket.read_answer()), "abc");
}

TEST(Server, no_100_continue_is_sent_without_a_body_or_once_the_body_is_coming) {
    TestServer server;
    server.server->start();
    const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\n";
    EXPECT_EQ(status_of(server.exchange(head + "Content-Length: 0\r\n\r\n")), 200U);
    EXPECT_EQ(status_of(server.exchange(head + "Content-Length: 3\r\n\r\nabc")), 200U);
}

TEST(Server, no_100_continue_is_sent_to_http_1_0) {
    TestServer server;
    server.server->start();
    RawSocket socket{server.port()};
    socket.send("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    EXPECT_FALSE(socket.closes_within(50ms));
    socket.send("abc");
    EXPECT_EQ(status_of(socket.read_to_end()), 200U);
}

TEST(Server, a_refused_request_is_not_asked_for_its_body) {
    TestServer server;
    server.application.admission = [](const RequestHead&) { return Response{.status = 401, .body = "no"}; };
    server.server->start();
    const std::string answer =
        server.exchange("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    EXPECT_EQ(status_of(answer), 401U);
    EXPECT_EQ(answer.find("100 Continue"), std::string::npos);
    EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos);
}

TEST(Server, a_refusal_of_a_request_with_a_body_closes_so_that_the_body_is_not_read_as_a_request) {
    TestServer server;
    server.application.admission = [](const RequestHead&) { return Response{.status = 401}; };
    server.server->start();
    const std::string answer = server.exchange(post(plain_get));
    EXPECT_EQ(status_of(answer), 401U);
    EXPECT_EQ(server.application.admitted().size(), 1U);
    EXPECT_TRUE(server.application.handled().empty());
}

TEST(Server, a_refusal_of_a_request_without_a_body_keeps_the_connection) {
    TestServer server;
    server.application.admission = [](const RequestHead& head) -> std::optional<Response> {
        if (head.path == "/last") return std::nullopt;
        return Response{.status = 404};
    };
    server.server->start();
    RawSocket socket{server.port()};
    socket.send(plain_get);
    EXPECT_EQ(status_of(socket.read_answer()), 404U);
    socket.send(last_get);
    EXPECT_EQ(status_of(socket.read_answer()), 200U);
}

TEST(Server, http_1_0_closes_unless_it_asks_to_be_kept_alive) {
    TestServer server;
    server.server->start();
    EXPECT_EQ(status_of(server.exchange("GET / HTTP/1.0\r\n\r\n")), 200U);
    RawSocket socket{server.port()};
    socket.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_NE(socket.read_answer().find("\r\nConnection: keep-alive\r\n"), std::string::npos);
    socket.send("GET / HTTP/1.0\r\n\r\n");
    EXPECT_EQ(status_of(socket.read_to_end()), 200U);
}

TEST(Server, head_is_answered_with_the_fields_of_get_and_no_body) {
    TestServer server;
    server.application.handler = [](const Request& request, const Responder& responder) {
        Response response;
        response.body = "hello";
        if (request.head.path == "/stream") response.stream = [] { return BodyPiece{}; };
        responder.send(std::move(response));
    };
    server.server->start();
    RawSocket socket{server.port()};
    socket.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_NE(socket.read_through("\r\n\r\n").find("\r\nContent-Length: 5\r\n"), std::string::npos);
    socket.send("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_NE(socket.read_through("\r\n\r\n").find("\r\nTransfer-Encoding: chunked\r\n"), std::string::npos);
    socket.send(last_get);
    EXPECT_TRUE(socket.read_to_end().starts_with("HTTP/1.1 200 OK\r\n"))
        << "a body came behind an answer to HEAD";
}

TEST(Server, an_answer_204_has_no_length_and_no_body) {
    TestServer server;
    server.application.handler = [](const Request&, const Responder& responder) {
        responder.send({.status = 204, .body = "never sent"});
    };
    server.server->start();
    const std::string answer = server.exchange(last_get);
    EXPECT_EQ(answer.find("Content-Length"), std::string::npos);
    EXPECT_EQ(body_of(answer), "");
}

TEST(Server, a_request_dropped_without_an_answer_is_answered_500) {
    TestServer server;
    server.application.handler = [](const Request&, const Responder&) {};
    server.server->start();
    EXPECT_EQ(status_of(server.exchange(plain_get)), 500U);
}

TEST(Server, an_application_that_throws_costs_one_request) {
    TestServer server;
    server.application.handler = [](const Request& request, const Responder& responder) {
        if (request.head.path == "/g") throw std::runtime_error("a bug");
        responder.send({});
    };
    server.application.admission = [](const RequestHead& head) -> std::optional<Response> {
        if (head.path == "/admit") throw std::runtime_error("a bug");
        return std::nullopt;
    };
    server.server->start();
    EXPECT_EQ(status_of(server.exchange(plain_get)), 500U);
    EXPECT_EQ(status_of(server.exchange("GET /admit HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")),
              500U);
    EXPECT_EQ(status_of(server.exchange(last_get)), 200U);
}

TEST(Server, only_the_first_answer_counts) {
    TestServer server;
    server.application.handler = [](const Request& request, const Responder& responder) {
        responder.send({.status = 200, .body = request.head.path});
        responder.send({.status = 404, .body = "again"});
    };
    server.server->start();
    RawSocket socket{server.port()};
    socket.send(plain_get);
    EXPECT_EQ(body_of(socket.read_answer()), "/g");
    socket.send(last_get);
    EXPECT_EQ(body_of(socket.read_to_end()), "/last");
}

TEST(Server, a_responder_may_be_used_after_the_connection_and_after_the_server_are_gone) {
    HeldResponders held, held_longer;
    {
        TestServer server;
        server.application.handler = [&](Request request, Responder responder) {
            auto& holder = request.head.path == "/g" ? held : held_longer;
            holder.handler()(std::move(request), std::move(responder));
        };
        server.server->start();
        RawSocket first{server.port()}, second{server.port()};
        first.send(plain_get);
        ASSERT_TRUE(held.wait_for(1));
        first.reset();
        held.answer_all();
        second.send(last_get);
        ASSERT_TRUE(held_longer.wait_for(1));
    }
    held_longer.answer_all();
    held_longer.drop_all();
}

TEST(Server, a_second_server_on_the_same_port_is_refused_with_a_way_out) {
    TestServer server;
    RecordingApplication application;
    auto options = test_options();
    options.port = server.port();
    const auto second = Server::listen(options, application);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::io);
    EXPECT_EQ(second.error().message,
              fmt::format("cannot listen on 127.0.0.1:{}: address in use", server.port()));
    EXPECT_EQ(second.error().hint, "--listen 127.0.0.1:0 picks a free port");
}

TEST(Server, a_port_is_free_at_once_after_its_server_has_ended) {
    const weir::test::ReservedPort port;  // for the moment in which neither has it
    auto options = test_options();
    options.port = port.number();
    {
        TestServer first{options};
        first.server->start();
        EXPECT_EQ(status_of(first.exchange(last_get)),
                  200U);  // the server closes first: its side is left in TIME_WAIT
    }
    TestServer second{options};
    second.server->start();
    EXPECT_EQ(status_of(second.exchange(last_get)), 200U);
}

TEST(Server, addresses_are_ipv4_ipv6_or_localhost) {
    RecordingApplication application;
    for (const std::string address : {"127.0.0.1", "localhost", "::1", "[::1]"}) {
        auto options = test_options();
        options.address = address;
        const auto server = Server::listen(options, application);
        if (!server && server.error().reason == "address-not-available") continue;  // a machine without IPv6
        ASSERT_TRUE(server) << address << ": " << server.error().message;
        EXPECT_NE((*server)->port(), 0);
    }
    for (const std::string address : {"", "example.org", "127.0.0", "300.0.0.1"}) {
        auto options = test_options();
        options.address = address;
        const auto server = Server::listen(options, application);
        ASSERT_FALSE(server) << address;
        EXPECT_EQ(server.error().reason, "address-invalid");
    }
    auto options = test_options();
    options.address = "192.0.2.1";  // RFC 5737: nobody's
    const auto server = Server::listen(options, application);
    ASSERT_FALSE(server);
    EXPECT_EQ(server.error().reason, "address-not-available");
}

}  // namespace
}  // namespace weir::http::test

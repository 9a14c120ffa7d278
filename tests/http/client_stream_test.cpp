// Answers that the client hands on as they come.
#include <atomic>
#include <thread>

#include "http/client_support.h"
#include "http/test_server.h"

namespace weir::http::test {
namespace {

using namespace std::chrono_literals;

TEST(Client, a_streamed_body_goes_to_the_sink_past_the_limit_of_answers) {
    TestServer server;
    server.application.handler = [](const Request& request, const Responder& responder) {
        Response response;
        response.status = request.head.path == "/missing" ? 404 : 200;
        response.body = "nothing there";
        if (response.status == 200)
            response.stream = [left = 100]() mutable -> BodyPiece {
                if (left-- == 0) return {BodyPiece::Kind::end, {}};
                return {BodyPiece::Kind::data, std::string(10'000, 'x')};
            };
        responder.send(std::move(response));
    };
    server.server->start();
    Client client{local(server.port()), {.max_response = Bytes{1000}}};
    std::size_t received = 0;
    const auto sink = [&](std::string_view piece) {
        received += piece.size();
        return true;
    };
    const auto answer = client.stream({.target = "/all"}, sink);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(received, 1'000'000U);
    EXPECT_EQ(answer->body, "");

    const auto missing = client.stream({.target = "/missing"}, sink);
    ASSERT_TRUE(missing);
    EXPECT_EQ(missing->status, 404U);
    EXPECT_EQ(missing->body, "nothing there");
    EXPECT_EQ(received, 1'000'000U);
    EXPECT_EQ(server.application.admitted()[0].peer, server.application.admitted()[1].peer);

    std::size_t pieces = 0;
    const auto stopped = client.stream({.target = "/all"}, [&](std::string_view) { return ++pieces < 3; });
    ASSERT_TRUE(stopped);
    EXPECT_EQ(pieces, 3U);
    const auto again = client.stream({.target = "/all"}, sink);
    ASSERT_TRUE(again) << "a stopped stream must not be read as the next answer";
    EXPECT_EQ(received, 2'000'000U);
}

TEST(Client, a_stopped_stream_closes_the_connection_even_where_nothing_is_left_to_read) {
    RawListener listener;
    std::atomic<bool> closed{false};
    std::thread server{[&] {
        const auto socket = listener.accept();
        socket->read_through("\r\n\r\n");
        socket->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc");
        closed = socket->closes_within(RawSocket::patience);
    }};
    Client client{local(listener.port())};
    const auto answer = client.stream({.target = "/"}, [](std::string_view) { return false; });
    server.join();
    EXPECT_TRUE(answer);
    EXPECT_TRUE(closed);
}

TEST(Client, a_stream_that_is_cut_is_an_error) {
    TestServer server;
    server.application.handler = [](const Request&, const Responder& responder) {
        Response response;
        response.stream = [first = true]() mutable -> BodyPiece {
            if (!std::exchange(first, false)) return {BodyPiece::Kind::failed, {}};
            return {BodyPiece::Kind::data, "part"};
        };
        responder.send(std::move(response));
    };
    server.server->start();
    Client client{local(server.port())};
    std::string received;
    const auto answer = client.stream({.target = "/"}, [&](std::string_view piece) {
        received += piece;
        return true;
    });
    EXPECT_EQ(reason_of(answer), "connection-lost");
    EXPECT_EQ(received, "part");
}

TEST(Client, a_streams_timeout_is_for_each_piece) {
    TestServer server;
    server.application.handler = [](const Request&, const Responder& responder) {
        Response response;
        response.stream = [left = 10]() mutable -> BodyPiece {
            std::this_thread::sleep_for(30ms);
            if (left-- == 0) return {BodyPiece::Kind::end, {}};
            return {BodyPiece::Kind::data, "x"};
        };
        responder.send(std::move(response));
    };
    server.server->start();
    Client client{local(server.port()), {.timeout = 200ms}};
    EXPECT_TRUE(succeeds_once([&] {  // a piece may come late where the machine stands still
        return client.stream({.target = "/"}, [](std::string_view) { return true; }).has_value();
    }));
    EXPECT_EQ(reason_of(client.send({.target = "/"})), "timeout");
}

}  // namespace
}  // namespace weir::http::test

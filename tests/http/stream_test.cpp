// Streamed answers: chunks, back-pressure, failures.
#include <atomic>
#include <thread>

#include "http/test_server.h"

namespace weir::http::test {
namespace {

using namespace std::chrono_literals;

// Gives `pieces` one after another, then `last`.
BodyStream stream_of(std::vector<std::string> pieces, BodyPiece::Kind last) {
    return [pieces = std::move(pieces), last, at = std::size_t{0}]() mutable -> BodyPiece {
        if (at == pieces.size()) return {last, {}};
        return {BodyPiece::Kind::data, pieces[at++]};
    };
}

RecordingApplication::Handler answer_with(const std::function<BodyStream()>& make) {
    return [make](const Request&, const Responder& responder) {
        Response response;
        response.stream = make();
        responder.send(std::move(response));
    };
}

TEST(Stream, pieces_are_sent_as_chunks_and_the_connection_is_kept) {
    TestServer server;
    server.application.handler = answer_with([] {
        return stream_of({"abc", "", "0123456789abcdef0"}, BodyPiece::Kind::end);
    });
    server.server->start();
    RawSocket socket{server.port()};
    for (int i = 0; i < 2; ++i) {
        socket.send(plain_get);
        EXPECT_NE(socket.read_through("\r\n\r\n").find("\r\nTransfer-Encoding: chunked\r\n"),
                  std::string::npos);
        EXPECT_EQ(socket.read_through("0\r\n\r\n"), "3\r\nabc\r\n11\r\n0123456789abcdef0\r\n0\r\n\r\n");
    }
}

TEST(Stream, one_that_waits_holds_no_thread) {
    TestServer server;
    // Many more than there are threads that pull; each has to say nothing for a while.
    auto news = std::make_shared<std::atomic<bool>>(false);
    server.application.handler = answer_with([news]() -> BodyStream {
        return [news, said = false]() mutable -> BodyPiece {
            if (std::exchange(said, said || *news)) return {BodyPiece::Kind::end};
            if (said) return {BodyPiece::Kind::data, "news"};
            return {BodyPiece::Kind::later, {}, 20ms};
        };
    });
    server.server->start();
    std::vector<std::unique_ptr<RawSocket>> sockets;
    for (int i = 0; i < 20; ++i) {
        sockets.push_back(std::make_unique<RawSocket>(server.port()));
        sockets.back()->send(plain_get);
        sockets.back()->read_through("\r\n\r\n");
    }
    *news = true;
    for (const auto& socket : sockets)
        EXPECT_EQ(socket->read_through("0\r\n\r\n"), "4\r\nnews\r\n0\r\n\r\n");
    // The connection goes on as before.
    sockets.front()->send(plain_get);
    EXPECT_NE(sockets.front()->read_through("0\r\n\r\n").find("news"), std::string::npos);
}

TEST(Stream, one_that_waits_ends_with_its_connection) {
    TestServer server;
    auto alive = std::make_shared<int>(0);
    server.application.handler = answer_with([alive]() -> BodyStream {
        return [alive]() -> BodyPiece { return {BodyPiece::Kind::later, {}, std::chrono::hours{1}}; };
    });
    server.server->start();
    RawSocket socket{server.port()};
    socket.send(plain_get);
    socket.read_through("\r\n\r\n");
    server.server->drain(10ms);
    EXPECT_EQ(socket.read_to_end(), "");
}

TEST(Stream, a_failure_cuts_the_connection_without_the_last_chunk) {
    TestServer server;
    server.application.handler = answer_with([] { return stream_of({"abc"}, BodyPiece::Kind::failed); });
    server.server->start();
    const std::string answer = server.exchange(plain_get);
    EXPECT_EQ(body_of(answer), "3\r\nabc\r\n");
}

TEST(Stream, a_stream_that_throws_counts_as_failed) {
    TestServer server;
    server.application.handler =
        answer_with([]() -> BodyStream { return []() -> BodyPiece { throw std::runtime_error("a bug"); }; });
    server.server->start();
    EXPECT_EQ(body_of(server.exchange(plain_get)), "");
}

TEST(Stream, http_1_0_reads_to_the_end_and_a_failure_is_a_reset) {
    for (const auto last : {BodyPiece::Kind::end, BodyPiece::Kind::failed}) {
        TestServer server;
        server.application.handler = answer_with([last] { return stream_of({"abc", "def"}, last); });
        server.server->start();
        RawSocket socket{server.port()};
        socket.send("GET / HTTP/1.0\r\n\r\n");
        const std::string answer = socket.read_to_end();
        EXPECT_EQ(socket.was_reset(), last == BodyPiece::Kind::failed);
        EXPECT_EQ(body_of(answer), last == BodyPiece::Kind::end ? "abcdef" : body_of(answer));
        EXPECT_EQ(answer.find("Transfer-Encoding"), std::string::npos);
    }
}

TEST(Stream, a_reader_that_does_not_read_is_not_pulled_for) {
    TestServer server;
    auto pulls = std::make_shared<std::atomic<int>>(0);
    server.application.handler = answer_with([pulls]() -> BodyStream {
        return [pulls]() -> BodyPiece {
            if (++*pulls > 1000) return {BodyPiece::Kind::end, {}};
            return {BodyPiece::Kind::data, std::string(1U << 20U, 'x')};
        };
    });
    server.server->start();
    RawSocket socket{server.port()};
    socket.send(plain_get);
    int before = -1;
    for (int i = 0; i < 200 && (before != *pulls || before == 0); ++i) {
        before = *pulls;
        std::this_thread::sleep_for(30ms);
    }
    EXPECT_LT(*pulls, 100) << "only what fits the kernel's buffers";
}

TEST(Stream, a_pull_that_blocks_does_not_hold_up_other_requests) {
    TestServer server;
    std::atomic<bool> go_on{false};
    server.application.handler = [&](const Request& request, const Responder& responder) {
        Response response;
        if (request.head.path == "/g") {
            response.stream = [&go_on]() -> BodyPiece {
                while (!go_on)
                    std::this_thread::sleep_for(1ms);
                return {BodyPiece::Kind::end, {}};
            };
        }
        responder.send(std::move(response));
    };
    server.server->start();
    RawSocket blocked{server.port()}, blocked_too{server.port()};
    blocked.send(plain_get);
    blocked_too.send(plain_get);
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(status_of(server.exchange(last_get)), 200U);
    go_on = true;
    blocked.read_through("\r\n\r\n");
    EXPECT_EQ(blocked.read_through("0\r\n\r\n"), "0\r\n\r\n");
}

}  // namespace
}  // namespace weir::http::test

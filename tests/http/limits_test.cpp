// Sizes at exactly the limit and one more, and the deadlines.
#include "http/test_server.h"

namespace weir::http::test {
namespace {

using namespace std::chrono_literals;

std::string padded_get(std::size_t size) {
    std::string head = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nA: ";
    head.append(size - head.size() - 4, 'a');
    return head + "\r\n\r\n";
}

std::string chunked_post(std::string_view chunks, std::string_view fields = {}) {
    return fmt::format("POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n{}\r\n{}", fields,
                       chunks);
}

TEST(Limits, a_head_of_exactly_the_limit_is_taken) {
    TestServer server;
    server.server->start();
    EXPECT_EQ(status_of(server.exchange(padded_get(8192))), 200U);
}

TEST(Limits, a_head_of_one_byte_more_is_answered_431) {
    TestServer server;
    server.server->start();
    EXPECT_EQ(status_of(server.exchange(padded_get(8193))), 431U);
    EXPECT_TRUE(server.application.admitted().empty());
}

TEST(Limits, a_head_that_never_ends_is_answered_431_once_the_limit_is_reached) {
    TestServer server;
    server.server->start();
    EXPECT_EQ(status_of(server.exchange(padded_get(9000).substr(0, 8192))), 431U);
}

TEST(Limits, an_announced_body_of_exactly_the_limit_is_taken_whole) {
    auto options = test_options();
    options.max_body = Bytes{100'000};
    TestServer server{options};
    server.server->start();
    std::string body(100'000, '\0');
    for (std::size_t i = 0; i < body.size(); ++i)
        body[i] = static_cast<char>(i * 31 / 7);
    const std::string answer = server.exchange(post(body, "Connection: close\r\n"));
    EXPECT_EQ(status_of(answer), 200U);
    EXPECT_EQ(body_of(answer), body);
}

TEST(Limits, an_announced_body_of_one_byte_more_is_answered_413_before_any_of_it_is_read) {
    auto options = test_options();
    options.max_body = Bytes{100'000};
    TestServer server{options};
    server.server->start();
    RawSocket socket{server.port()};
    socket.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n\r\n");
    EXPECT_EQ(status_of(socket.read_answer()), 413U);
    EXPECT_EQ(server.application.admitted().size(), 1U) << "authorization comes before the size";
    EXPECT_TRUE(server.application.handled().empty());
}

TEST(Limits, the_answer_413_arrives_although_the_whole_body_is_sent) {
    TestServer server;
    server.server->start();
    EXPECT_EQ(status_of(server.exchange(post(std::string((8U << 20U) + 1, 'x')))), 413U);
}

TEST(Limits, chunks_of_exactly_the_limit_are_taken_whole) {
    auto options = test_options();
    options.max_body = Bytes{100'000};
    TestServer server{options};
    server.server->start();
    const std::string first(70'000, 'a'), second(30'000, 'b');
    const std::string answer = server.exchange(chunked_post(
        fmt::format("{:x}\r\n{}\r\n{:X}\r\n{}\r\n0\r\n\r\n", first.size(), first, second.size(), second),
        "Connection: close\r\n"));
    EXPECT_EQ(status_of(answer), 200U);
    EXPECT_EQ(body_of(answer), first + second);
}

TEST(Limits, chunks_of_one_byte_more_are_answered_413_as_soon_as_their_size_is_known) {
    auto options = test_options();
    options.max_body = Bytes{100'000};
    TestServer server{options};
    server.server->start();
    RawSocket socket{server.port()};
    socket.send(chunked_post(fmt::format("{:x}\r\n{}\r\n1\r\n", 100'000, std::string(100'000, 'a'))));
    EXPECT_EQ(status_of(socket.read_answer()), 413U);
    EXPECT_TRUE(server.application.handled().empty());
}

TEST(Limits, a_chunk_size_near_64_bits_is_answered_413) {
    TestServer server;
    server.server->start();
    EXPECT_EQ(status_of(server.exchange(chunked_post("fffffffffffffff\r\n"))), 413U);
    EXPECT_EQ(status_of(server.exchange(chunked_post("ffffffffffffffff\r\n"))), 400U);
}

TEST(Limits, bodies_past_their_common_limit_are_answered_503_until_one_of_them_is_answered) {
    auto options = test_options();
    options.max_bodies = Bytes{10};
    TestServer server{options};
    HeldResponders held;
    server.application.handler = held.handler();
    server.server->start();
    RawSocket first{server.port()};
    first.send(post("123456"));
    ASSERT_TRUE(held.wait_for(1));

    const std::string refused = server.exchange(post("12345"));
    EXPECT_EQ(status_of(refused), 503U);
    EXPECT_NE(refused.find("\r\nRetry-After: 1\r\n"), std::string::npos);
    EXPECT_EQ(status_of(server.exchange(chunked_post("5\r\n12345\r\n0\r\n\r\n"))), 503U);

    RawSocket fits{server.port()};
    fits.send(post("1234"));
    ASSERT_TRUE(held.wait_for(2)) << "ten bytes are allowed";
    held.answer_all();
    EXPECT_EQ(status_of(first.read_answer()), 200U);
    EXPECT_EQ(status_of(fits.read_answer()), 200U);
    RawSocket later{server.port()};
    later.send(post("1234567890"));
    EXPECT_TRUE(held.wait_for(3)) << "answered bodies are counted no longer";
}

TEST(Limits, one_connection_more_than_the_limit_is_answered_503_and_closed) {
    auto options = test_options();
    options.max_connections = 2;
    TestServer server{options};
    server.server->start();
    auto first = std::make_unique<RawSocket>(server.port());
    RawSocket second{server.port()};
    first->send(plain_get);
    second.send(plain_get);
    EXPECT_EQ(status_of(first->read_answer()), 200U);
    EXPECT_EQ(status_of(second.read_answer()), 200U);
    const std::string turned_away = server.exchange(plain_get);
    EXPECT_EQ(status_of(turned_away), 503U);
    EXPECT_NE(turned_away.find("\r\nRetry-After: 1\r\n"), std::string::npos);

    first.reset();
    EXPECT_TRUE(eventually([&] { return server.server->connections() <= 1; }));
    EXPECT_EQ(status_of(server.exchange(last_get)), 200U);
}

TEST(Limits, a_slow_head_is_answered_408) {
    auto options = test_options();
    options.header_timeout = 60ms;
    TestServer server{options};
    server.server->start();
    RawSocket socket{server.port()};
    for (const char c : plain_get.substr(0, 20)) {  // a byte at a time does not put the deadline off
        if (!socket.send({&c, 1})) break;
        std::this_thread::sleep_for(5ms);
    }
    EXPECT_EQ(status_of(socket.read_to_end()), 408U);
    EXPECT_FALSE(socket.timed_out());
    EXPECT_TRUE(server.application.admitted().empty());
}

TEST(Limits, a_connection_that_says_nothing_is_closed_without_an_answer) {
    auto options = test_options();
    options.header_timeout = 40ms;
    TestServer server{options};
    server.server->start();
    EXPECT_EQ(server.exchange(""), "");
}

// A connection that has had one answer, and when its request was sent. With a short header_timeout a request
// may come too late: it is then sent again on another connection.
std::pair<std::unique_ptr<RawSocket>, std::chrono::steady_clock::time_point> served_once(
    const TestServer& server) {
    std::unique_ptr<RawSocket> socket;
    std::chrono::steady_clock::time_point sent;
    EXPECT_TRUE(succeeds_once([&] {
        socket = std::make_unique<RawSocket>(server.port());
        sent = std::chrono::steady_clock::now();
        return socket->send(plain_get) && status_of(socket->read_answer()) == 200U;
    }));
    return {std::move(socket), sent};
}

TEST(Limits, a_kept_alive_connection_is_closed_after_the_idle_timeout_and_not_before) {
    auto options = test_options();
    options.header_timeout = 30ms;
    options.idle_timeout = 500ms;
    TestServer server{options};
    server.server->start();
    const auto [socket, sent] = served_once(server);
    EXPECT_TRUE(socket->closes_within(RawSocket::patience));
    EXPECT_GE(std::chrono::steady_clock::now() - sent, options.idle_timeout)
        << "the header timeout is not for idle connections";
}

TEST(Limits, a_slow_head_of_a_later_request_is_answered_408) {
    auto options = test_options();
    options.header_timeout = 50ms;
    TestServer server{options};
    server.server->start();
    const auto [socket, sent] = served_once(server);
    socket->send("GET ");
    EXPECT_EQ(status_of(socket->read_to_end()), 408U);
}

TEST(Limits, a_body_that_takes_longer_than_its_timeout_is_answered_408) {
    auto options = test_options();
    options.body_timeout = 60ms;
    TestServer server{options};
    server.server->start();
    RawSocket socket{server.port()};
    socket.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
    for (int i = 0; i < 20 && socket.send("x"); ++i)
        std::this_thread::sleep_for(5ms);
    EXPECT_EQ(status_of(socket.read_to_end()), 408U);
    EXPECT_TRUE(server.application.handled().empty());
}

TEST(Limits, a_body_below_the_least_rate_is_answered_408_long_before_its_timeout) {
    auto options = test_options();
    options.min_body_rate = Bytes{10'000};
    options.rate_window = 50ms;  // 500 bytes
    for (const std::string framing : {"Content-Length: 100000\r\n", "Transfer-Encoding: chunked\r\n"}) {
        TestServer server{options};
        server.server->start();
        RawSocket socket{server.port()};
        socket.send("POST / HTTP/1.1\r\nHost: x\r\n" + framing + "\r\n");
        EXPECT_EQ(status_of(socket.read_to_end()), 408U);
        EXPECT_FALSE(socket.timed_out());
        EXPECT_TRUE(server.application.handled().empty());
    }
}

TEST(Limits, a_body_above_the_least_rate_may_take_its_time) {
    auto options = test_options();
    options.min_body_rate = Bytes{1'000};
    options.rate_window = 200ms;  // 200 bytes
    TestServer server{options};
    server.server->start();
    const std::string body(30 * 50, 'x');
    EXPECT_TRUE(succeeds_once([&] {
        RawSocket socket{server.port()};
        socket.send(post(body).substr(0, post(body).size() - body.size()));
        for (int i = 0; i < 30 && socket.send(std::string(50, 'x')); ++i)
            std::this_thread::sleep_for(10ms);
        return status_of(socket.read_answer()) == 200U;
    }));
}

TEST(Limits, a_reader_that_takes_nothing_is_cut) {
    auto options = test_options();
    options.write_timeout = 60ms;
    TestServer server{options};
    server.application.handler = [](const Request&, const Responder& responder) {
        Response response;
        response.body.assign(64U << 20U, 'x');  // more than the kernel's buffers take
        responder.send(std::move(response));
    };
    server.server->start();
    RawSocket socket{server.port()};
    socket.send(plain_get);
    EXPECT_TRUE(server.application.wait_for_handled(1));
    EXPECT_TRUE(eventually([&] { return server.server->connections() == 0; }));
}

TEST(Limits, a_client_that_leaves_in_the_middle_of_a_head_or_body_is_forgotten) {
    TestServer server;
    server.server->start();
    RawSocket head{server.port()}, body{server.port()}, chunks{server.port()}, reset{server.port()};
    head.send("GET / HT");
    body.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab");
    chunks.send(chunked_post("5\r\nab"));
    reset.send(chunked_post("5\r\nab"));
    head.finish();
    body.finish();
    chunks.finish();
    reset.reset();
    EXPECT_EQ(head.read_to_end() + body.read_to_end() + chunks.read_to_end(), "");
    EXPECT_TRUE(eventually([&] { return server.server->connections() == 0; }));
    EXPECT_TRUE(server.application.handled().empty());
}

}  // namespace
}  // namespace weir::http::test

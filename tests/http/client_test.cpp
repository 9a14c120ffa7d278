// The client, against a server that does exactly what a test says, and against weir's own.
#include "http/client.h"

#include <atomic>
#include <thread>

#include "http/client_support.h"
#include "http/test_server.h"
#include "support/reserved_port.h"

namespace weir::http::test {
namespace {

using namespace std::chrono_literals;

// Answers the first request of one connection with `bytes`, then closes it.
struct OneAnswer {
    explicit OneAnswer(std::string bytes)
        : thread{[this, answer = std::move(bytes)] {
              const auto socket = listener.accept();
              if (!socket) return;
              request = socket->read_through("\r\n\r\n");
              socket->send(answer);
              socket->finish();
              socket->closes_within(RawSocket::patience);
          }} {}
    ~OneAnswer() { thread.join(); }

    Result<Response> get(ClientOptions options = {}) const {
        Client client{local(listener.port()), options};
        return client.send({.target = "/x"});
    }

    RawListener listener;
    std::string request;
    std::thread thread;
};

TEST(Client, a_body_of_announced_length_is_read_whole) {
    const OneAnswer server{"HTTP/1.1 404 Not Found\r\nA: b\r\nContent-Length: 5\r\n\r\nhello"};
    const auto answer = server.get();
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 404U);
    EXPECT_EQ(answer->headers.get("a"), "b");
    EXPECT_EQ(answer->body, "hello");
}

TEST(Client, chunks_with_extensions_and_trailers_are_read_whole) {
    const OneAnswer server{
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\n"};
    const auto answer = server.get();
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "abcde");
    EXPECT_EQ(answer->headers.count("T"), 0U);
}

TEST(Client, a_body_without_framing_ends_with_the_connection) {
    const OneAnswer server{"HTTP/1.0 200 OK\r\n\r\nhello"};
    const auto answer = server.get();
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "hello");
}

TEST(Client, interim_answers_are_passed_over) {
    const OneAnswer server{
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No "
        "Content\r\n\r\n"};
    const auto answer = server.get();
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 204U);
    EXPECT_EQ(answer->headers.count("Link"), 0U);
}

struct Broken {
    const char* name;
    std::string answer;
    const char* reason;
};

class BrokenAnswer : public testing::TestWithParam<Broken> {};

TEST_P(BrokenAnswer, is_an_error_that_says_so) {
    const OneAnswer server{GetParam().answer};
    const auto answer = server.get();
    EXPECT_EQ(reason_of(answer), GetParam().reason);
    EXPECT_EQ(answer ? ErrorCode::internal : answer.error().code, ErrorCode::unreachable);
}

INSTANTIATE_TEST_SUITE_P(
    Client, BrokenAnswer,
    testing::Values(
        Broken{"nothing", "", "connection-lost"},
        Broken{"half_a_head", "HTTP/1.1 200 OK\r\nA: ", "connection-lost"},
        Broken{"cut_in_an_announced_body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
               "connection-lost"},
        Broken{"cut_in_a_chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhell",
               "connection-lost"},
        Broken{"cut_between_chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
               "connection-lost"},
        Broken{"cut_before_the_last_line",
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", "connection-lost"},
        Broken{"garbage", "SSH-2.0-OpenSSH_9.2p1\r\n\r\n", "answer-invalid"},
        Broken{"tls_alert", std::string{"\x15\x03\x01\x00\x02\x02\x16", 7}, "answer-invalid"},
        Broken{"malformed_chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
               "answer-invalid"},
        Broken{"length_and_chunks",
               "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
               "answer-invalid"},
        Broken{"two_lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
               "answer-invalid"},
        Broken{"unknown_coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello", "answer-invalid"},
        Broken{"folded_field", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n",
               "answer-invalid"},
        Broken{"http_2", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", "answer-invalid"},
        Broken{"huge_headers", "HTTP/1.1 200 OK\r\nA: " + std::string(300'000, 'x') + "\r\n\r\n",
               "answer-invalid"}),
    [](const auto& named) { return named.param.name; });

TEST(Client, an_answer_of_exactly_the_limit_is_taken_and_one_byte_more_is_not) {
    for (const bool chunked : {false, true}) {
        for (const std::size_t size : {10U, 11U}) {
            const std::string body(size, 'x');
            const OneAnswer server{
                chunked ? fmt::format(
                              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n",
                              size, body)
                        : fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", size, body)};
            const auto answer = server.get({.max_response = Bytes{10}});
            EXPECT_EQ(reason_of(answer), size == 10 ? "success" : "answer-too-large");
        }
    }
}

TEST(Client, a_server_that_never_answers_is_given_up_at_the_timeout) {
    const RawListener listener;
    Client client{local(listener.port()), {.timeout = 50ms}};
    const auto start = std::chrono::steady_clock::now();
    const auto answer = client.send({.target = "/"});
    EXPECT_EQ(reason_of(answer), "timeout");
    EXPECT_LT(std::chrono::steady_clock::now() - start, 60s);
}

TEST(Client, a_server_that_does_not_take_the_body_is_given_up_at_the_timeout) {
    const RawListener listener;
    Client client{local(listener.port()), {.timeout = 50ms}};
    const std::string body(64U << 20U, 'x');
    EXPECT_EQ(reason_of(client.send({.method = "POST", .target = "/", .body = body})), "timeout");
}

TEST(Client, a_port_where_nobody_listens_is_an_error_with_a_hint) {
    const weir::test::ReservedPort port;
    Client client{local(port.number())};
    const auto answer = client.send({.target = "/"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::unreachable);
    EXPECT_EQ(answer.error().reason, "connect-failed");
    EXPECT_EQ(answer.error().message,
              fmt::format("cannot connect to 127.0.0.1:{}: Connection refused", port.number()));
    EXPECT_FALSE(answer.error().hint.empty());
}

TEST(Client, the_request_carries_host_prefix_and_fields_and_cannot_be_broken_out_of) {
    OneAnswer server{"HTTP/1.1 204 No Content\r\n\r\n"};
    Url url = local(server.listener.port());
    url.prefix = "/base";
    Client client{url};
    ClientRequest request{.target = "/x?y=z"};
    request.headers.add("Authorization", "Bearer t");
    ASSERT_TRUE(client.send(request));
    EXPECT_EQ(server.request,
              fmt::format("GET /base/x?y=z HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAuthorization: Bearer t\r\n\r\n",
                          url.port));

    EXPECT_EQ(reason_of(client.send({.target = "/x HTTP/1.1\r\nA: b"})), "request-invalid");
    request.headers.add("A", "b\r\nC: d");
    EXPECT_EQ(reason_of(client.send(request)), "request-invalid");
}

TEST(Client, one_connection_is_kept_for_many_requests) {
    TestServer server;
    server.server->start();
    Client client{local(server.port())};
    std::string peer;
    for (int i = 0; i < 20; ++i) {
        const std::string body = std::to_string(i);
        const auto answer = client.send({.method = "POST", .target = "/p", .body = body});
        ASSERT_TRUE(answer) << answer.error().message;
        EXPECT_EQ(answer->body, body);
    }
    const auto heads = server.application.admitted();
    for (const auto& head : heads)
        EXPECT_EQ(head.peer, heads.front().peer);
}

TEST(Client, a_kept_alive_connection_that_was_closed_meanwhile_is_opened_again_for_any_method) {
    auto options = test_options();
    options.idle_timeout = 20ms;
    TestServer server{options};
    server.server->start();
    Client client{local(server.port())};
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(client.send({.method = "POST", .target = "/p", .body = "a"}));
        ASSERT_TRUE(eventually([&] { return server.server->connections() == 0; }));
    }
    EXPECT_EQ(server.application.handled().size(), 2U);
}

// Answers one request, reads a second one on the same connection and closes without an answer, as a server
// does whose idle timeout ends just then; counts what else comes.
struct ClosesOnTheSecond {
    ClosesOnTheSecond()
        : thread{[this] {
              const auto socket = listener.accept();
              socket->read_through("\r\n\r\n");
              socket->send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
              socket->read_through("\r\n\r\n");
              socket->reset();
              const auto again = listener.accept();
              if (!again) return;
              const std::string request = again->read_through("\r\n\r\n");
              came_again = !request.empty();
              again->send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nagain");
          }} {}
    ~ClosesOnTheSecond() { thread.join(); }

    RawListener listener;
    std::atomic<bool> came_again{false};
    std::thread thread;
};

TEST(Client, a_get_on_a_kept_alive_connection_that_closes_without_an_answer_is_sent_once_more) {
    const ClosesOnTheSecond server;
    Client client{local(server.listener.port())};
    ASSERT_TRUE(client.send({.target = "/1"}));
    const auto answer = client.send({.target = "/2"});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "again");
}

TEST(Client, a_post_is_never_sent_twice) {
    const ClosesOnTheSecond server;
    Client client{local(server.listener.port())};
    ASSERT_TRUE(client.send({.target = "/1"}));
    EXPECT_EQ(reason_of(client.send({.method = "POST", .target = "/2"})), "connection-lost");
    EXPECT_FALSE(server.came_again);
    RawSocket release{server.listener.port()};  // lets the listener end
    release.finish();
}

TEST(Client, a_get_on_a_new_connection_is_not_sent_twice) {
    const OneAnswer server{""};
    EXPECT_EQ(reason_of(server.get()), "connection-lost");
}

TEST(Client, an_early_refusal_is_read_although_the_body_is_not_taken) {
    auto options = test_options();
    options.max_body = Bytes{1000};
    TestServer server{options};
    server.server->start();
    Client client{local(server.port())};
    const std::string body(64U << 20U, 'x');  // more than the server is willing to drop
    for (int i = 0; i < 3; ++i) {
        const auto answer = client.send({.method = "POST", .target = "/", .body = body});
        ASSERT_TRUE(answer) << answer.error().message;
        EXPECT_EQ(answer->status, 413U);
    }
}

TEST(Client, a_cancel_ends_the_running_request_and_every_later_one) {
    const RawListener listener;
    Client client{local(listener.port())};
    std::thread canceller{[&] {
        std::this_thread::sleep_for(20ms);
        client.cancel();
    }};
    const auto running = client.send({.target = "/"});
    canceller.join();
    ASSERT_FALSE(running);
    EXPECT_EQ(running.error().code, ErrorCode::interrupted);
    const auto later = client.send({.target = "/"});
    ASSERT_FALSE(later);
    EXPECT_EQ(later.error().code, ErrorCode::interrupted);
}

// Meant for the thread sanitizer: everything at once.
TEST(Client, many_clients_at_once_get_their_own_answers) {
    TestServer server;
    std::mutex mutex;
    std::vector<std::thread> answering;
    server.application.handler = [&](Request request, const Responder& responder) {
        Response response;
        response.body = request.body;
        if (request.body.size() % 3 != 0) return responder.send(std::move(response));
        const std::lock_guard lock{mutex};
        answering.emplace_back(
            [responder, moved = std::move(response)]() mutable { responder.send(std::move(moved)); });
    };
    server.server->start();
    std::vector<std::thread> clients;
    std::atomic<int> right{0};
    for (int c = 0; c < 8; ++c)
        clients.emplace_back([&, c] {
            Client client{local(server.port())};
            for (int i = 0; i < 50; ++i) {
                const std::string body(static_cast<std::size_t>(c * 1000 + i), static_cast<char>('a' + c));
                const auto answer = client.send({.method = "POST", .target = "/", .body = body});
                right += answer && answer->body == body ? 1 : 0;
            }
        });
    for (auto& client : clients)
        client.join();
    server.server->drain(120s);
    for (auto& thread : answering)
        thread.join();
    EXPECT_EQ(right, 8 * 50);
}

}  // namespace
}  // namespace weir::http::test

// The client over TLS: whom it trusts, and that deadlines, cancel and lost connections are as without.
#include <atomic>
#include <csignal>

#include <gtest/gtest.h>

#include "http/client.h"
#include "http/raw_socket.h"
#include "http/tls_server.h"
#include "support/eventually.h"

namespace weir::http::test {
namespace {

using namespace std::chrono_literals;

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

// Answers every request of a connection alike.
void serve_hello(TlsPeer& peer) {
    while (!peer.read_through("\r\n\r\n").empty())
        peer.send(ok);
}

Url url_of(const std::string& host, std::uint16_t port) {
    return {host, port, "", true};
}

Result<Response> get(const Url& url, const std::string& ca_file, Duration connect_timeout = 60s) {
    ClientOptions options;
    options.ca_file = ca_file;
    options.connect_timeout = connect_timeout;
    Client client{url, options};
    return client.send({.target = "/x"});
}

TEST(Tls, a_server_is_trusted_by_its_authority_and_name) {
    TlsServer server{{}, serve_hello};
    const auto answer = get(url_of("localhost", server.port()), server.certificate_file());
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "hello");
    EXPECT_EQ(server.name_asked_for(), "localhost");
}

TEST(Tls, an_address_is_matched_with_the_certificates_addresses) {
    TlsServer server{{}, serve_hello};
    EXPECT_TRUE(get(url_of("127.0.0.1", server.port()), server.certificate_file()));
    EXPECT_EQ(server.name_asked_for(), "");
    TlsServer named{{.subject_alternative_name = "DNS:localhost"}, serve_hello};
    const auto answer = get(url_of("127.0.0.1", named.port()), named.certificate_file());
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().reason, "certificate-invalid");
}

TEST(Tls, an_unknown_authority_is_refused) {
    TlsServer server{{}, serve_hello};
    const TlsServer other{{}, serve_hello};
    const auto answer = get(url_of("localhost", server.port()), other.certificate_file());
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::unreachable);
    EXPECT_EQ(answer.error().reason, "certificate-invalid");
    EXPECT_FALSE(answer.error().hint.empty());
}

TEST(Tls, a_certificate_for_another_name_is_refused) {
    for (const std::string name : {"DNS:example.org", "DNS:local*", "DNS:localhost.example.org"}) {
        TlsServer server{{.subject_alternative_name = name}, serve_hello};
        const auto answer = get(url_of("localhost", server.port()), server.certificate_file());
        ASSERT_FALSE(answer) << name;
        EXPECT_EQ(answer.error().reason, "certificate-invalid");
        EXPECT_NE(answer.error().message.find("hostname mismatch"), std::string::npos)
            << answer.error().message;
    }
}

TEST(Tls, ssl_cert_file_is_trusted) {
    TlsServer server{{}, serve_hello};
    ::setenv("SSL_CERT_FILE", server.certificate_file().c_str(), 1);
    const auto trusted = get(url_of("localhost", server.port()), "");
    ::unsetenv("SSL_CERT_FILE");
    EXPECT_TRUE(trusted);
    const auto distrusted = get(url_of("localhost", server.port()), "");
    ASSERT_FALSE(distrusted);
    EXPECT_EQ(distrusted.error().reason, "certificate-invalid") << distrusted.error().message;
}

TEST(Tls, a_ca_file_that_is_none_is_named) {
    TlsServer server{{}, serve_hello};
    for (const std::string file : {"/nowhere/ca.pem", "/dev/null"}) {
        const auto answer = get(url_of("localhost", server.port()), file);
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().reason, "ca-file-invalid");
        EXPECT_NE(answer.error().message.find(file), std::string::npos);
    }
}

TEST(Tls, versions_before_1_2_are_refused) {
    TlsServer newest{{.newest_version = TLS1_2_VERSION}, serve_hello};
    EXPECT_TRUE(get(url_of("localhost", newest.port()), newest.certificate_file()));
    TlsServer old{{.newest_version = TLS1_1_VERSION}, serve_hello};
    const auto answer = get(url_of("localhost", old.port()), old.certificate_file());
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().reason, "tls-failed");
}

TEST(Tls, a_server_without_tls_is_told) {
    RawListener listener;
    std::thread server{[&] {
        const auto socket = listener.accept();
        if (socket) socket->send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    }};
    const auto answer = get(url_of("127.0.0.1", listener.port()), "");
    server.join();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().reason, "tls-failed") << answer.error().message;
    EXPECT_NE(answer.error().hint.find("http://"), std::string::npos);
}

TEST(Tls, one_connection_takes_many_requests) {
    TlsServer server{{}, serve_hello};
    Client client{url_of("localhost", server.port()), {.ca_file = server.certificate_file()}};
    for (int i = 0; i < 5; ++i) {
        const auto answer = client.send({.target = "/x"});
        ASSERT_TRUE(answer) << answer.error().message;
        std::this_thread::sleep_for(5ms);  // for tickets, which are no answers, to come
    }
    EXPECT_EQ(server.handshakes(), 1);
}

TEST(Tls, large_bodies_go_both_ways) {
    constexpr std::size_t size = 5'000'000;
    TlsServer server{{}, [](TlsPeer& peer) {
                         peer.read_through("\r\n\r\n");
                         const std::string body = peer.read(size);
                         peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n");
                         peer.send(body);
                     }};
    std::string body(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        body[i] = static_cast<char>(i * 31 % 251);
    Client client{url_of("localhost", server.port()), {.ca_file = server.certificate_file()}};
    const auto answer = client.send({.method = "POST", .target = "/x", .body = body});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, body);
}

TEST(Tls, an_answer_that_was_cut_is_never_taken_for_whole) {
    // Until the connection's end: only TLS's own goodbye tells an end from a cut.
    for (const bool orderly : {true, false}) {
        TlsServer server{{}, [&](TlsPeer& peer) {
                             peer.read_through("\r\n\r\n");
                             peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf");
                             if (orderly) peer.finish();
                         }};
        const auto answer = get(url_of("localhost", server.port()), server.certificate_file());
        ASSERT_EQ(answer.has_value(), orderly);
        if (!answer) {
            EXPECT_EQ(answer.error().reason, "connection-lost");
        }
    }
}

TEST(Tls, a_server_that_closed_meanwhile_is_connected_to_again) {
    std::atomic<bool> closed{false};
    TlsServer server{{}, [&](TlsPeer& peer) {
                         peer.read_through("\r\n\r\n");
                         peer.send(ok);
                         peer.finish();
                         closed = true;
                     }};
    Client client{url_of("localhost", server.port()), {.ca_file = server.certificate_file()}};
    ASSERT_TRUE(client.send({.target = "/x"}));
    ASSERT_TRUE(weir::test::eventually([&] { return closed.load(); }));
    EXPECT_TRUE(client.send({.method = "POST", .target = "/x"}));
    EXPECT_EQ(server.handshakes(), 2);
}

TEST(Tls, a_handshake_ends_at_the_deadline) {
    RawListener listener;  // takes the connection, and says nothing
    const auto before = std::chrono::steady_clock::now();
    const auto answer = get(url_of("127.0.0.1", listener.port()), "", 100ms);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().reason, "timeout");
    EXPECT_LT(std::chrono::steady_clock::now() - before, 60s);
}

TEST(Tls, a_handshake_can_be_cancelled) {
    RawListener listener;
    Client client{url_of("127.0.0.1", listener.port())};
    std::unique_ptr<RawSocket> socket;
    std::thread canceller{[&] {
        socket = listener.accept();
        socket->read(1);
        client.cancel();
    }};
    const auto answer = client.send({.target = "/x"});
    canceller.join();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().reason, "cancelled");
}

}  // namespace
}  // namespace weir::http::test

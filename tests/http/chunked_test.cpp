// Chunked request bodies over a real socket, and the decoder by itself.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "http/chunked_decoder.h"
#include "http/test_server.h"

namespace weir::http::test {
namespace {

using State = ChunkedDecoder::State;

std::string chunked_post(std::string_view chunks, std::string_view fields = {}) {
    return fmt::format("POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n{}\r\n{}", fields,
                       chunks);
}

struct Decoded {
    State state = State::more;
    std::string body;
    std::size_t consumed = 0;
    bool operator==(const Decoded&) const = default;
};

// Gives the decoder `bytes` in pieces of `piece` bytes.
Decoded decode(std::string_view bytes, std::size_t piece, std::uint64_t max_trailers = 8192) {
    ChunkedDecoder decoder{max_trailers};
    Decoded result;
    while (result.state == State::more && result.consumed < bytes.size()) {
        std::string_view input = bytes.substr(result.consumed, piece);
        while (!input.empty() && result.state == State::more) {
            const auto step = decoder.next(input);
            result.state = step.state;
            result.body += step.data;
            result.consumed += step.consumed;
            input.remove_prefix(step.consumed);
        }
    }
    return result;
}

TEST(Chunked, malformed_chunks_are_refused_and_what_follows_is_not_read_as_a_request) {
    const std::vector<std::string> malformed{
        "3\nabc\r\n0\r\n\r\n",
        "3\r\nabc\n0\r\n\r\n",
        "3\r\nabc0\r\n\r\n",
        "3\r\nabcd\r\n0\r\n\r\n",
        "\r\nabc\r\n0\r\n\r\n",
        "0x3\r\nabc\r\n0\r\n\r\n",
        "+3\r\nabc\r\n0\r\n\r\n",
        "-3\r\nabc\r\n0\r\n\r\n",
        " 3\r\nabc\r\n0\r\n\r\n",
        "3 \r\nabc\r\n0\r\n\r\n",
        "3 ;a\r\nabc\r\n0\r\n\r\n",
        "g\r\nabc\r\n0\r\n\r\n",
        "3;a\nb\r\nabc\r\n0\r\n\r\n",
        "3;a\rb\r\nabc\r\n0\r\n\r\n",
        "3;a\x01\r\nabc\r\n0\r\n\r\n",
        "0\r\n \r\n\r\n",
        "0\r\nGET / HTTP/1.1\r\n\r\n",
        "0\r\nA: b\n\r\n",
        "0\r\n: b\r\n\r\n",
        "0\r\nA b: c\r\n\r\n",
        "0000000000000003\r\nabc\r\n0\r\n\r\n",
        "0\r\nA: b\rc\r\n\r\n",
    };
    for (const auto& chunks : malformed) {
        TestServer server;
        server.server->start();
        const std::string answer = server.exchange(chunked_post(chunks) + std::string{last_get});
        EXPECT_EQ(status_of(answer), 400U) << chunks;
        EXPECT_TRUE(server.application.handled().empty()) << chunks;
        EXPECT_EQ(server.application.admitted().size(), 1U) << chunks;
    }
}

TEST(Chunked, extensions_are_read_and_dropped) {
    TestServer server;
    server.server->start();
    server.exchange(chunked_post("3;a=b;c=\"d e\"\r\nabc\r\n2;x\r\nde\r\n0;last\r\n\r\n") +
                    std::string{last_get});
    const auto handled = server.application.handled();
    ASSERT_EQ(handled.size(), 2U);
    EXPECT_EQ(handled[0].body, "abcde");
}

TEST(Chunked, extensions_out_of_proportion_to_the_data_are_refused) {
    TestServer server;
    server.server->start();
    std::string chunks;
    for (int i = 0; i < 100; ++i)
        chunks += "1;" + std::string(1000, 'e') + "\r\nx\r\n";
    EXPECT_EQ(status_of(server.exchange(chunked_post(chunks + "0\r\n\r\n"))), 400U);
    EXPECT_TRUE(server.application.handled().empty());
}

TEST(Chunked, a_body_of_one_byte_chunks_is_taken) {
    std::string chunks;
    for (int i = 0; i < 100'000; ++i)
        chunks += "1\r\nx\r\n";
    EXPECT_EQ(decode(chunks + "0\r\n\r\n", 4096).body, std::string(100'000, 'x'));
}

TEST(Chunked, trailers_are_dropped_and_a_late_authorization_or_length_is_never_seen) {
    TestServer server;
    server.server->start();
    server.exchange(
        chunked_post("3\r\nabc\r\n0\r\nAuthorization: Bearer late\r\nContent-Length: 99\r\nHost: y\r\n\r\n",
                     "Trailer: Authorization\r\n") +
        std::string{last_get});
    const auto handled = server.application.handled();
    ASSERT_EQ(handled.size(), 2U);
    EXPECT_EQ(handled[0].head.headers.count("Authorization"), 0U);
    EXPECT_EQ(handled[0].head.headers.count("Content-Length"), 0U);
    EXPECT_EQ(handled[0].head.headers.count("Host"), 1U);
    EXPECT_EQ(handled[1].head.path, "/last");
}

TEST(Chunked, trailers_of_exactly_the_limit_are_taken_and_one_byte_more_is_answered_431) {
    for (const std::size_t more : {0U, 1U}) {
        TestServer server;
        server.server->start();
        const std::string trailer = "A: " + std::string(8192 + more - 5, 't') + "\r\n";
        const std::string answer =
            server.exchange(chunked_post("0\r\n" + trailer + "\r\n", "Connection: close\r\n"));
        EXPECT_EQ(status_of(answer), more == 0 ? 200U : 431U);
        EXPECT_EQ(server.application.handled().size(), 1U - more);
    }
}

TEST(Chunked, nine_megabytes_of_trailers_are_answered_431) {
    TestServer server;
    server.server->start();
    std::string trailers;
    while (trailers.size() < 9U << 20U)
        trailers += "Name: value of some length, again and again\r\n";
    EXPECT_EQ(status_of(server.exchange(chunked_post("0\r\n" + trailers + "\r\n"))), 431U);
    EXPECT_TRUE(server.application.handled().empty());
}

TEST(Chunked, a_large_body_in_large_and_small_chunks_comes_whole) {
    TestServer server;
    server.server->start();
    std::string body, chunks;
    for (const std::size_t size : {1U, 15U, 16U, 16'384U, 16'385U, 300'000U, 7U, 1'000'000U, 131'072U}) {
        std::string chunk(size, '\0');
        for (std::size_t i = 0; i < size; ++i)
            chunk[i] = static_cast<char>((i + size) * 131 / 17);
        body += chunk;
        chunks += fmt::format("{:x}\r\n{}\r\n", size, chunk);
    }
    const std::string answer = server.exchange(chunked_post(chunks + "0\r\n\r\n", "Connection: close\r\n"));
    EXPECT_TRUE(body_of(answer) == body);
}

// The same bytes give the same result however they are cut into pieces, and the encoder's inverse is the
// body.
RC_GTEST_PROP(Chunked, decoding_inverts_encoding_in_pieces_of_any_size, ()) {
    const auto parts =
        *rc::gen::container<std::vector<std::string>>(rc::gen::nonEmpty(rc::gen::arbitrary<std::string>()));
    const auto piece = *rc::gen::inRange<std::size_t>(1, 40);
    std::string body, bytes;
    for (const auto& part : parts) {
        body += part;
        bytes += fmt::format("{:x};e={}\r\n{}\r\n", part.size(), piece, part);
    }
    bytes += "0\r\nT: v\r\n\r\n";
    const std::size_t size = bytes.size();
    const Decoded decoded = decode(bytes + "GET / HTTP/1.1", piece);
    RC_ASSERT(decoded.state == State::done);
    RC_ASSERT(decoded.body == body);
    RC_ASSERT(decoded.consumed == size);
}

}  // namespace
}  // namespace weir::http::test

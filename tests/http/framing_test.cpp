// Every point of the framing guard, with raw bytes over a real socket: the request is refused, the connection
// is closed, and neither it nor what is smuggled behind it reaches the application.
#include "http/test_server.h"

namespace weir::http::test {
namespace {

constexpr std::string_view smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

struct Refused {
    const char* name;
    std::string bytes;
    unsigned status = 400;
};

class RefusedFraming : public testing::TestWithParam<Refused> {};

TEST_P(RefusedFraming, is_answered_and_closed_and_nothing_reaches_the_application) {
    TestServer server;
    server.server->start();
    const std::string answer = server.exchange(GetParam().bytes + std::string{smuggled});
    EXPECT_EQ(status_of(answer), GetParam().status) << answer;
    EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos) << answer;
    EXPECT_EQ(answer.find("HTTP/1.1 ", 1), std::string::npos) << "a second answer: " << answer;
    EXPECT_TRUE(server.application.admitted().empty());
    EXPECT_TRUE(server.application.handled().empty());
}

std::string with_fields(std::string_view fields, std::string_view body = "") {
    return fmt::format("POST / HTTP/1.1\r\nHost: x\r\n{}\r\n{}", fields, body);
}

std::string get(std::string_view target) {
    return fmt::format("GET {} HTTP/1.1\r\nHost: x\r\n\r\n", target);
}

const std::vector<Refused> refused{
    {"coding_and_length", with_fields("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")},
    {"length_and_coding", with_fields("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
    {"gzip_coding_and_length", with_fields("Transfer-Encoding: gzip\r\nContent-Length: 3\r\n", "abc")},
    {"gzip_coding", with_fields("Transfer-Encoding: gzip\r\n")},
    {"chunked_then_gzip", with_fields("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n")},
    {"gzip_then_chunked", with_fields("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")},
    {"xchunked_and_length", with_fields("Transfer-Encoding: xchunked\r\nContent-Length: 3\r\n", "abc")},
    {"identity_coding", with_fields("Transfer-Encoding: identity\r\n")},
    {"empty_coding", with_fields("Transfer-Encoding:\r\n")},
    {"chunked_twice",
     with_fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
    {"chunked_twice_in_one", with_fields("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")},
    {"chunked_with_parameter", with_fields("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n")},
    {"chunked_in_quotes", with_fields("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n")},
    {"chunked_behind_vertical_tab", with_fields("Transfer-Encoding: \x0b"
                                                "chunked\r\n",
                                                "0\r\n\r\n")},
    {"coding_with_space_before_colon", with_fields("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")},
    {"chunked_on_http_1_0", "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"length_list", with_fields("Content-Length: 3, 3\r\n", "abc")},
    {"length_twice_same", with_fields("Content-Length: 3\r\nContent-Length: 3\r\n", "abc")},
    {"length_twice_other", with_fields("Content-Length: 3\r\nContent-Length: 4\r\n", "abc")},
    {"length_with_plus", with_fields("Content-Length: +3\r\n", "abc")},
    {"length_negative", with_fields("Content-Length: -1\r\n", "abc")},
    {"length_hexadecimal", with_fields("Content-Length: 0x3\r\n", "abc")},
    {"length_with_leading_zero", with_fields("Content-Length: 03\r\n", "abc")},
    {"length_with_fraction", with_fields("Content-Length: 3.0\r\n", "abc")},
    {"length_with_space_inside", with_fields("Content-Length: 3 4\r\n", "abc")},
    {"length_empty", with_fields("Content-Length:\r\n", "abc")},
    {"length_past_64_bits", with_fields("Content-Length: 18446744073709551619\r\n", "abc")},
    {"length_past_63_bits", with_fields("Content-Length: 9223372036854775808\r\n", "abc")},
    {"no_host", "GET / HTTP/1.1\r\n\r\n"},
    {"empty_host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
    {"two_hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"},
    {"two_same_hosts", "GET / HTTP/1.1\r\nHost: x\r\nhost: x\r\n\r\n"},
    {"two_hosts_on_http_1_0", "GET / HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n"},
    {"host_list", "GET / HTTP/1.1\r\nHost: x, y\r\n\r\n"},
    {"host_with_user", "GET / HTTP/1.1\r\nHost: u@x\r\n\r\n"},
    {"host_with_path", "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n"},
    {"host_with_bad_port", "GET / HTTP/1.1\r\nHost: x:8o\r\n\r\n"},
    {"host_with_open_bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"},
    {"folded_line", "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n"},
    {"folded_line_with_tab", "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\tc\r\n\r\n"},
    {"folded_coding", with_fields("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n")},
    {"folded_first_line", "GET / HTTP/1.1\r\n Host: x\r\nHost: x\r\n\r\n"},
    {"bare_line_feed", "GET / HTTP/1.1\nHost: x\r\n\r\n"},
    {"bare_line_feeds_only", "GET / HTTP/1.1\nHost: x\n\n"},
    {"bare_return_in_a_value", "GET / HTTP/1.1\r\nHost: x\r\nA: b\rContent-Length: 9\r\n\r\n"},
    {"null_in_a_value", std::string{"GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n", 35}},
    {"control_in_a_value",
     "GET / HTTP/1.1\r\nHost: x\r\nA: b\x01"
     "c\r\n\r\n"},
    {"delete_in_a_value",
     "GET / HTTP/1.1\r\nHost: x\r\nA: b\x7f"
     "c\r\n\r\n"},
    {"line_without_colon", "GET / HTTP/1.1\r\nHost: x\r\nAbc\r\n\r\n"},
    {"nameless_field", "GET / HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n"},
    {"name_with_space", "GET / HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n"},
    {"name_with_high_byte", "GET / HTTP/1.1\r\nHost: x\r\n\xc3\xa4: c\r\n\r\n"},
    {"http_0_9", "GET /\r\n\r\n"},
    {"http_2_0", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505},
    {"http_1_2", "GET / HTTP/1.2\r\nHost: x\r\n\r\n", 505},
    {"http_0_9_by_name", "GET / HTTP/0.9\r\nHost: x\r\n\r\n", 505},
    {"http_2_preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
    {"http_11_without_dot", "GET / HTTP/11\r\nHost: x\r\n\r\n"},
    {"http_in_lower_case", "GET / http/1.1\r\nHost: x\r\n\r\n"},
    {"version_with_space_behind", "GET / HTTP/1.1 \r\nHost: x\r\n\r\n"},
    {"empty_line_first", "\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"space_first", " GET / HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"two_spaces_before_target", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"malformed_method", "G(T / HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"tls_hello", std::string{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11}},
    {"connect_authority", "CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n"},
    {"connect_path", "CONNECT /x HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"asterisk_target", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"absolute_target_of_other_host", get("http://y/")},
    {"absolute_target_of_other_scheme", get("ftp://x/")},
    {"relative_target", get("abc")},
    {"fragment", get("/a#b")},
    {"raw_control_in_path", get("/a\x01"
                                "b")},
    {"raw_high_byte_in_path", get("/a\xff")},
    {"escaped_null", get("/a%00b")},
    {"escaped_line_feed", get("/a%0ab")},
    {"escaped_delete", get("/a%7F")},
    {"escaped_null_in_query", get("/a?b=%00")},
    {"half_an_escape", get("/a%4")},
    {"malformed_escape", get("/a%zz")},
    {"malformed_escape_in_query", get("/a?b=%")},
    {"unknown_expectation", with_fields("Expect: tea\r\nContent-Length: 3\r\n", "abc"), 417},
    {"two_expectations",
     with_fields("Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 3\r\n", "abc"), 417},
    {"over_a_hundred_fields",
     [] {
         std::string fields;
         for (int i = 0; i < 100; ++i)
             fields += "a:b\r\n";
         return with_fields(fields);
     }(),
     431},
};

INSTANTIATE_TEST_SUITE_P(Framing, RefusedFraming, testing::ValuesIn(refused),
                         [](const auto& named) { return named.param.name; });

struct Taken {
    const char* name;
    std::string bytes;
    std::string path;
    std::string body;
};

class TakenFraming : public testing::TestWithParam<Taken> {};

TEST_P(TakenFraming, reaches_the_application_and_so_does_the_next_request) {
    TestServer server;
    server.server->start();
    server.exchange(GetParam().bytes + std::string{last_get});
    const auto handled = server.application.handled();
    ASSERT_EQ(handled.size(), 2U);
    EXPECT_EQ(handled[0].head.path, GetParam().path);
    EXPECT_EQ(handled[0].body, GetParam().body);
    EXPECT_EQ(handled[1].head.path, "/last");
}

const std::vector<Taken> taken{
    {"get", "GET /a HTTP/1.1\r\nHost: x\r\n\r\n", "/a", ""},
    {"length", with_fields("Content-Length: 3\r\n", "abc"), "/", "abc"},
    {"length_in_lower_case", with_fields("content-length: 3\r\n", "abc"), "/", "abc"},
    {"length_zero", with_fields("Content-Length: 0\r\n"), "/", ""},
    {"length_with_spaces_around", with_fields("Content-Length: \t 3 \t\r\n", "abc"), "/", "abc"},
    {"post_without_length", with_fields(""), "/", ""},
    {"body_on_get", "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", "/", "abc"},
    {"chunked", with_fields("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"), "/", "abc"},
    {"chunked_in_capitals", with_fields("TRANSFER-ENCODING: CHUNKED\r\n", "3\r\nabc\r\n0\r\n\r\n"), "/",
     "abc"},
    {"chunked_with_nothing", with_fields("Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), "/", ""},
    {"body_that_looks_like_a_request",
     with_fields("Content-Length: 37\r\n", smuggled.data() + std::string{"  "}), "/",
     std::string{smuggled} + "  "},
    {"host_with_port", "GET / HTTP/1.1\r\nHost: example.org:8080\r\n\r\n", "/", ""},
    {"host_of_ipv6", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", "/", ""},
    {"absolute_target", "GET http://x/a?b HTTP/1.1\r\nHost: x\r\n\r\n", "/a", ""},
    {"absolute_target_without_path", "GET http://x HTTP/1.1\r\nHost: x\r\n\r\n", "/", ""},
    {"escapes_in_path", get("/a%20b%c3%a4%2B+c"), "/a b\xc3\xa4++c", ""},
    {"http_1_0_kept_alive", "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "/a", ""},
    {"tab_and_high_bytes_in_a_value", "GET / HTTP/1.1\r\nHost: x\r\nA: b\tc\xff\r\n\r\n", "/", ""},
    {"unknown_method", "BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n", "/pot", ""},
};

INSTANTIATE_TEST_SUITE_P(Framing, TakenFraming, testing::ValuesIn(taken),
                         [](const auto& named) { return named.param.name; });

TEST(Framing, a_query_is_decoded_and_keeps_order_and_repetition) {
    TestServer server;
    server.server->start();
    server.exchange("GET /a?b=1%262&c&&b=x+y%2B&=z HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    ASSERT_EQ(server.application.admitted().size(), 1U);
    const QueryParameters expected{{"b", "1&2"}, {"c", ""}, {"b", "x y+"}, {"", "z"}};
    EXPECT_EQ(server.application.admitted()[0].query, expected);
}

TEST(Framing, the_head_tells_how_the_body_is_announced) {
    TestServer server;
    server.server->start();
    server.exchange(with_fields("Content-Length: 3\r\n", "abc") + with_fields("Content-Length: 0\r\n") +
                    with_fields("") + with_fields("Transfer-Encoding: chunked\r\n", "0\r\n\r\n") +
                    std::string{last_get});
    const auto heads = server.application.admitted();
    ASSERT_EQ(heads.size(), 5U);
    EXPECT_EQ(heads[0].content_length, 3U);
    EXPECT_EQ(heads[1].content_length, 0U);
    EXPECT_EQ(heads[2].content_length, std::nullopt);
    EXPECT_FALSE(heads[2].chunked);
    EXPECT_EQ(heads[3].content_length, std::nullopt);
    EXPECT_TRUE(heads[3].chunked);
    EXPECT_TRUE(heads[0].peer.starts_with("127.0.0.1:")) << heads[0].peer;
}

}  // namespace
}  // namespace weir::http::test

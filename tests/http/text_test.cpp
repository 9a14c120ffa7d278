// URLs, percent coding, dates, names of fields.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "http/answer_head.h"
#include "http/client.h"
#include "http/message.h"

namespace weir::http {
namespace {

TEST(Url, host_port_and_prefix_are_told_apart) {
    const auto whole = parse_url("http://example.org:8080/a/b/");
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole->host, "example.org");
    EXPECT_EQ(whole->port, 8080);
    EXPECT_EQ(whole->prefix, "/a/b");
    const auto bare = parse_url("HTTP://localhost");
    ASSERT_TRUE(bare);
    EXPECT_EQ(bare->host, "localhost");
    EXPECT_EQ(bare->port, 80);
    EXPECT_EQ(bare->prefix, "");
    const auto v6 = parse_url("http://[::1]:9/");
    ASSERT_TRUE(v6);
    EXPECT_EQ(v6->host, "::1");
    EXPECT_EQ(v6->port, 9);
}

TEST(Url, what_cannot_be_meant_is_refused_with_a_way_out) {
    for (const std::string text :
         {"", "localhost:8080", "ftp://x", "http://", "http://:80", "http://x:", "http://x:0",
          "http://x:65536", "http://x:8o", "http://x:-1", "http://u@x", "http://x?a", "http://x#a",
          "http://x/a b", "http://[::1", "http://[]:1", "http://[::1]8", "http://x y", "http://x\r\nA: b"}) {
        const auto url = parse_url(text);
        ASSERT_FALSE(url) << text;
        EXPECT_EQ(url.error().reason, "url-invalid");
        EXPECT_EQ(url.error().code, ErrorCode::usage);
        EXPECT_FALSE(url.error().hint.empty());
    }
}

TEST(Url, https_is_tls_on_its_own_port) {
    const auto url = parse_url("HTTPS://example.org/a");
    ASSERT_TRUE(url);
    EXPECT_TRUE(url->tls);
    EXPECT_EQ(url->port, 443);
    EXPECT_EQ(url->prefix, "/a");
    EXPECT_FALSE(parse_url("http://example.org")->tls);
}

TEST(Url, the_host_field_leaves_out_only_the_port_of_its_own_scheme) {
    EXPECT_EQ(authority(*parse_url("http://example.org:80")), "example.org");
    EXPECT_EQ(authority(*parse_url("http://example.org:443")), "example.org:443");
    EXPECT_EQ(authority(*parse_url("https://example.org")), "example.org");
    EXPECT_EQ(authority(*parse_url("https://example.org:80")), "example.org:80");
    EXPECT_EQ(authority(*parse_url("https://[::1]:8443")), "[::1]:8443");
}

TEST(Percent, everything_but_the_unreserved_characters_is_escaped) {
    EXPECT_EQ(percent_encode("Az09-._~ /%+\xc3\xa4"), "Az09-._~%20%2F%25%2B%C3%A4");
    EXPECT_EQ(percent_encode(std::string_view{"\0", 1}), "%00");
}

TEST(Percent, escapes_are_read_in_either_case_and_plus_is_a_space_only_where_asked) {
    EXPECT_EQ(percent_decode("a%2Fb%2fc+d", false), "a/b/c+d");
    EXPECT_EQ(percent_decode("a+b%2B", true), "a b+");
    for (const std::string text : {"%", "%4", "a%", "%zz", "%4g", "%%41", "% 41"})
        EXPECT_EQ(percent_decode(text, false), std::nullopt) << text;
}

RC_GTEST_PROP(Percent, decoding_inverts_encoding, (const std::string& text)) {
    RC_ASSERT(percent_decode(percent_encode(text), false) == text);
    RC_ASSERT(percent_decode(percent_encode(text), true) == text);
}

TEST(Headers, names_compare_without_case_and_keep_their_order) {
    Headers headers;
    headers.add("Content-Type", "a");
    headers.add("content-type", "b");
    EXPECT_EQ(headers.get("CONTENT-TYPE"), "a");
    EXPECT_EQ(headers.count("Content-type"), 2U);
    EXPECT_EQ(headers.get("Content"), std::nullopt);
}

TEST(Date, is_an_imf_fixdate) {
    EXPECT_EQ(format_imf_date(784'111'777),
              "Sun, 06 Nov 1994 08:49:37 GMT");  // the example of RFC 9110, section 5.6.7
    EXPECT_EQ(format_imf_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(format_imf_date(1'709'164'800), "Thu, 29 Feb 2024 00:00:00 GMT");
}

}  // namespace
}  // namespace weir::http

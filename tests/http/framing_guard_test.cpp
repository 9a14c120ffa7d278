// The guard by itself: it must hold without the parser before it, which happens to refuse some of the same.
#include "http/framing_guard.h"

#include <gtest/gtest.h>

namespace weir::http {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

ParsedHead head_with(const Fields& fields, int version = 11, unsigned status = 0) {
    ParsedHead head;
    head.method = "POST";
    head.target = "/";
    head.version = version;
    head.status = status;
    for (const auto& [name, value] : fields)
        head.headers.add(name, value);
    return head;
}

unsigned status_of(const Guarded<Framing>& framing) {
    return framing ? 200 : framing.error().status;
}

TEST(FramingGuard, both_framings_are_refused_in_either_order_and_case) {
    EXPECT_EQ(status_of(guard_request(
                  head_with({{"Host", "x"}, {"Transfer-Encoding", "chunked"}, {"Content-Length", "3"}}))),
              400U);
    EXPECT_EQ(status_of(guard_request(
                  head_with({{"Host", "x"}, {"CONTENT-LENGTH", "0"}, {"transfer-encoding", "chunked"}}))),
              400U);
}

TEST(FramingGuard, a_coding_or_a_length_that_is_repeated_is_refused) {
    EXPECT_EQ(status_of(guard_request(head_with(
                  {{"Host", "x"}, {"Transfer-Encoding", "chunked"}, {"transfer-encoding", "chunked"}}))),
              400U);
    EXPECT_EQ(status_of(guard_request(
                  head_with({{"Host", "x"}, {"Content-Length", "3"}, {"content-length", "3"}}))),
              400U);
}

TEST(FramingGuard, values_that_were_not_trimmed_are_refused) {
    EXPECT_EQ(status_of(guard_request(head_with({{"Host", "x"}, {"Transfer-Encoding", " chunked"}}))), 400U);
    EXPECT_EQ(status_of(guard_request(head_with({{"Host", "x"}, {"Content-Length", "3 "}}))), 400U);
}

TEST(FramingGuard, other_versions_are_refused) {
    for (const int version : {0, 9, 12, 20}) {
        EXPECT_EQ(status_of(guard_request(head_with({{"Host", "x"}}, version))), 505U) << version;
    }
}

TEST(FramingGuard, malformed_methods_names_and_values_are_refused) {
    ParsedHead method = head_with({{"Host", "x"}});
    method.method = "";
    EXPECT_EQ(status_of(guard_request(method)), 400U);
    method.method = "GE T";
    EXPECT_EQ(status_of(guard_request(method)), 400U);
    for (const std::string name : {"", "a b", "a:", "Transfer-Encoding ", "a\xff"}) {
        EXPECT_EQ(status_of(guard_request(head_with({{"Host", "x"}, {name, "v"}}))), 400U) << name;
    }
    for (const std::string& value : {std::string{"a\0b", 3}, std::string{"a\nb"}, std::string{"a\rb"}}) {
        EXPECT_EQ(status_of(guard_request(head_with({{"Host", "x"}, {"A", value}}))), 400U);
    }
}

TEST(FramingGuard, a_hundred_fields_are_taken_and_one_more_is_not) {
    Fields fields{{"Host", "x"}};
    while (fields.size() < max_fields)
        fields.emplace_back("A", "b");
    EXPECT_EQ(status_of(guard_request(head_with(fields))), 200U);
    fields.emplace_back("A", "b");
    EXPECT_EQ(status_of(guard_request(head_with(fields))), 431U);
}

TEST(FramingGuard, the_largest_length_is_below_ten_to_the_eighteenth) {
    const auto largest = guard_request(head_with({{"Host", "x"}, {"Content-Length", "999999999999999999"}}));
    ASSERT_TRUE(largest);
    EXPECT_EQ(*largest, (Framing{Framing::Kind::length, 999'999'999'999'999'999}));
    EXPECT_EQ(status_of(guard_request(head_with({{"Host", "x"}, {"Content-Length", "1000000000000000000"}}))),
              400U);
}

// RFC 9112, section 6.3.
TEST(FramingGuard, an_answers_body_depends_on_its_status_and_on_the_method) {
    using Kind = Framing::Kind;
    const Fields length{{"Content-Length", "3"}}, chunked{{"Transfer-Encoding", "chunked"}};
    EXPECT_EQ(guard_answer(head_with(length, 11, 200), "GET")->kind, Kind::length);
    EXPECT_EQ(guard_answer(head_with(chunked, 11, 200), "GET")->kind, Kind::chunked);
    EXPECT_EQ(guard_answer(head_with({}, 11, 200), "GET")->kind, Kind::until_close);
    EXPECT_EQ(guard_answer(head_with({{"Content-Length", "0"}}, 11, 200), "GET")->kind, Kind::none);
    EXPECT_EQ(guard_answer(head_with(length, 11, 200), "HEAD")->kind, Kind::none);
    for (const unsigned status : {100U, 204U, 304U}) {
        EXPECT_EQ(guard_answer(head_with(length, 11, status), "GET")->kind, Kind::none) << status;
    }
    EXPECT_FALSE(
        guard_answer(head_with({{"Content-Length", "3"}, {"Transfer-Encoding", "chunked"}}, 11, 200), "GET"));
}

}  // namespace
}  // namespace weir::http

#include "server/query.h"

#include <array>
#include <limits>

#include <gtest/gtest.h>

namespace weir {
namespace {

constexpr std::array<std::string_view, 3> known{"from", "to", "limit"};

TEST(Query, refuses_what_it_does_not_know_and_what_stands_twice) {
    const auto good = [](http::QueryParameters parameters) {
        return Query(parameters).check(known).has_value();
    };
    EXPECT_TRUE(good({}));
    EXPECT_TRUE(good({{"to", "1"}, {"from", "1"}}));
    EXPECT_FALSE(good({{"form", "1"}}));
    EXPECT_FALSE(good({{"From", "1"}}));
    EXPECT_FALSE(good({{"", ""}}));
    EXPECT_FALSE(good({{"to", "1"}, {"to", "1"}}));
}

TEST(Query, a_parameter_that_may_repeat_keeps_its_order) {
    constexpr std::array<std::string_view, 2> repeating{"from", "key*"};
    const http::QueryParameters parameters{{"key", "b"}, {"from", "1"}, {"key", "a"}};
    EXPECT_TRUE(Query(parameters).check(repeating));
    EXPECT_EQ(Query(parameters).texts("key"), (std::vector<std::string_view>{"b", "a"}));
    const http::QueryParameters starred{{"key*", "b"}};
    EXPECT_FALSE(Query(starred).check(repeating));
    const http::QueryParameters twice{{"from", "1"}, {"from", "1"}};
    EXPECT_FALSE(Query(twice).check(repeating));
}

TEST(Query, numbers_are_plain_decimals_within_their_bounds) {
    const auto read = [](std::string text) -> std::optional<std::uint64_t> {
        const http::QueryParameters parameters{{"limit", std::move(text)}};
        const auto number = Query(parameters).number("limit", 1, 1000);
        return number ? *number : std::nullopt;
    };
    EXPECT_EQ(read("1"), 1U);
    EXPECT_EQ(read("1000"), 1000U);
    for (const char* text :
         {"0", "1001", "", "-1", "+1", " 1", "1 ", "1.0", "0x1", "18446744073709551617", "ten"})
        EXPECT_FALSE(read(text)) << text;
}

TEST(Query, an_absent_bound_is_the_end_of_time_unless_both_are_wanted) {
    const http::QueryParameters none;
    const http::QueryParameters half{{"from", "1970-01-01T00:00:01Z"}};
    const http::QueryParameters turned{{"from", "2000"}, {"to", "1000"}};
    EXPECT_EQ(Query(none).range(false)->start, min_timestamp);
    EXPECT_EQ(Query(none).range(false)->end, max_timestamp);
    EXPECT_EQ(Query(half).range(false)->start, timestamp_from_ms(1000));
    EXPECT_NE(Query(half).range(true).error().message.find("to is missing"), std::string::npos);
    EXPECT_FALSE(Query(turned).range(false));
}

}  // namespace
}  // namespace weir

#include "cli/values.h"

#include <gtest/gtest.h>

namespace weir::cli {
namespace {

const Timestamp noon = *parse_rfc3339("2026-11-24T12:00:00Z");

TEST(Rate, reads_events_per_second_minute_and_hour) {
    EXPECT_EQ(*parse_rate("10/s")->per_second, 10.0);
    EXPECT_EQ(*parse_rate("0.5/s")->per_second, 0.5);
    EXPECT_EQ(*parse_rate("6/m")->per_second, 0.1);
    EXPECT_EQ(*parse_rate("36/h")->per_second, 0.01);
    EXPECT_FALSE(parse_rate("max")->per_second.has_value());
}

TEST(Rate, refuses_what_is_no_rate) {
    for (const char* text : {"", "10", "/s", "0/s", "0.0/s", "-1/s", "10/d", "10 /s", "1e3/s", "inf/s",
                             "nan/s", "10/s ", "1.2.3/s", "MAX", "99999999999/s"})
        EXPECT_FALSE(parse_rate(text)) << text;
    EXPECT_EQ(parse_rate("10").error().reason, "rate-invalid");
}

TEST(Rate, is_shown_as_it_is_read) {
    for (const char* text : {"10/s", "0.5/s", "max", "1000/s"})
        EXPECT_EQ(format_rate(*parse_rate(text)), text);
}

TEST(Time, is_absolute_or_relative_to_now) {
    EXPECT_EQ(parse_time("2026-11-24T11:59:00Z", noon)->at, noon - std::chrono::minutes(1));
    EXPECT_FALSE(parse_time("2026-11-24T11:59:00Z", noon)->relative);
    EXPECT_EQ(parse_time("1790000000000", noon)->at, timestamp_from_ms(1'790'000'000'000));
    EXPECT_EQ(parse_time("now", noon)->at, noon);
    EXPECT_EQ(parse_time("-5m", noon)->at, noon - std::chrono::minutes(5));
    EXPECT_EQ(parse_time("-250ms", noon)->at, noon - Duration(250));
    EXPECT_TRUE(parse_time("-5m", noon)->relative);
}

TEST(Time, refuses_what_is_no_time) {
    for (const char* text :
         {"", "-", "5m", "-5", "yesterday", "+5m", "--5m", "2026-11-24", "2026-11-24T12:00:00", "-99999999d"})
        EXPECT_FALSE(parse_time(text, noon)) << text;
}

TEST(Count, keeps_its_bounds) {
    EXPECT_EQ(*parse_count("0"), 0U);
    EXPECT_EQ(*parse_count("18446744073709551615"), 18446744073709551615ULL);
    EXPECT_FALSE(parse_count("0", 1));
    EXPECT_FALSE(parse_count("11", 1, 10));
    for (const char* text : {"", "-1", "+1", "1.5", "1 ", " 1", "1k", "18446744073709551616"})
        EXPECT_FALSE(parse_count(text)) << text;
    EXPECT_NE(parse_count("11", 1, 10).error().message.find("from 1 to 10"), std::string::npos);
}

TEST(Listen, reads_names_and_both_kinds_of_address) {
    EXPECT_EQ(parse_listen("127.0.0.1:8080")->host, "127.0.0.1");
    EXPECT_EQ(parse_listen("127.0.0.1:8080")->port, 8080);
    EXPECT_EQ(parse_listen("[::1]:0")->host, "::1");
    EXPECT_EQ(parse_listen("[::1]:0")->text(), "[::1]:0");
    for (const char* text :
         {"", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:8080", "[]:1", "host:-1"})
        EXPECT_FALSE(parse_listen(text)) << text;
}

TEST(Listen, knows_what_only_this_machine_can_reach) {
    for (const char* text : {"127.0.0.1:1", "127.8.9.1:1", "[::1]:1", "localhost:1"})
        EXPECT_TRUE(parse_listen(text)->loopback()) << text;
    for (const char* text : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "example.org:1", "127.evil.example:1"})
        EXPECT_FALSE(parse_listen(text)->loopback()) << text;
}

TEST(List, separates_at_commas_outside_quotes) {
    EXPECT_EQ(*parse_list("a,b c,d"), (std::vector<std::string>{"a", "b c", "d"}));
    EXPECT_EQ(*parse_list(R"("a,b","c ""d""")"), (std::vector<std::string>{"a,b", "c \"d\""}));
    for (const char* text : {"", ",", "a,,b", "a,", "\"a"})
        EXPECT_FALSE(parse_list(text)) << text;
}

}  // namespace
}  // namespace weir::cli

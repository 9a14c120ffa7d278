#include "base/time.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace weir {
namespace {

// Expected values: `date -u -d @SECONDS +%FT%TZ` of GNU coreutils.
TEST(Time, reads_and_writes_known_instants) {
    struct Case {
        std::string text;
        std::int64_t ms;
    };
    for (const Case& c :
         {Case{"1970-01-01T00:00:00.000Z", 0}, Case{"2026-11-24T00:15:53.123Z", 1'795'479'353'123},
          Case{"2000-02-29T12:00:00.000Z", 951'825'600'000}, Case{"1969-12-31T23:59:59.999Z", -1}}) {
        ASSERT_TRUE(parse_rfc3339(c.text).has_value()) << c.text;
        EXPECT_EQ(to_ms(*parse_rfc3339(c.text)), c.ms);
        EXPECT_EQ(format_rfc3339(timestamp_from_ms(c.ms)), c.text);
    }
}

TEST(Time, cuts_a_longer_fraction_and_fills_a_shorter_one) {
    EXPECT_EQ(to_ms(*parse_rfc3339("1970-01-01T00:00:00Z")), 0);
    EXPECT_EQ(to_ms(*parse_rfc3339("1970-01-01T00:00:00.1Z")), 100);
    EXPECT_EQ(to_ms(*parse_rfc3339("1970-01-01T00:00:00.123999999z")), 123);
    EXPECT_EQ(to_ms(*parse_rfc3339("1970-01-01t00:00:00.12+00:00")), 120);
}

TEST(Time, refuses_what_is_no_time_in_utc) {
    for (const char* text :
         {"", "yesterday", "2026-11-24", "2026-11-24T00:15:53", "2026-11-24 00:15:53Z",
          "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24T00:60:00Z",
          "2026-11-24T00:00:60Z", "2026-11-24T00:15:53.Z", "2026-11-24T00:15:53.1234567890Z",
          "2026-11-24T00:15:53Zx", " 2026-11-24T00:15:53Z", "-026-11-24T00:15:53Z", "2026-11-24T00:15:5"})
        EXPECT_FALSE(parse_rfc3339(text).has_value()) << text;
    EXPECT_EQ(parse_rfc3339("2026-11-24T00:15:53+02:00").error().reason, "ts-not-utc");
}

TEST(Time, every_millisecond_survives_writing_and_reading) {
    EXPECT_TRUE(rc::check([] {
        const auto ms = *rc::gen::inRange<std::int64_t>(to_ms(min_timestamp), to_ms(max_timestamp));
        RC_ASSERT(to_ms(*parse_rfc3339(format_rfc3339(timestamp_from_ms(ms)))) == ms);
    }));
}

TEST(Time, reads_and_writes_durations) {
    EXPECT_EQ(parse_duration("5m")->count(), 300'000);
    EXPECT_EQ(parse_duration("250ms")->count(), 250);
    EXPECT_EQ(format_duration(Duration{300'000}), "5m");
    EXPECT_EQ(format_duration(Duration{90'000}), "90s");
    EXPECT_EQ(format_duration(Duration{0}), "0s");
    for (const char* text :
         {"", "5", "m", "-5m", "5 m", "5mm", "99999999999999999999d", "9223372036854775807d"})
        EXPECT_FALSE(parse_duration(text).has_value()) << text;
}

}  // namespace
}  // namespace weir

#include "window/window.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace weir {
namespace {

TEST(Window, aligns_also_before_the_epoch) {
    EXPECT_EQ(to_ms(align_down(timestamp_from_ms(1999), Duration{1000})), 1000);
    EXPECT_EQ(to_ms(align_down(timestamp_from_ms(-1), Duration{1000})), -1000);
    EXPECT_EQ(to_ms(align_up(timestamp_from_ms(-999), Duration{1000})), 0);
    EXPECT_EQ(to_ms(align_up(timestamp_from_ms(2000), Duration{1000})), 2000);
}

TEST(Window, an_event_is_in_exactly_the_windows_that_cover_its_pane) {
    EXPECT_TRUE(rc::check([] {
        WindowSpec spec;
        spec.pane = Duration{1000};
        spec.slide = spec.pane * *rc::gen::inRange(1, 8);
        spec.size = spec.pane * *rc::gen::inRange(8, 30);
        const Timestamp ts = timestamp_from_ms(*rc::gen::inRange<std::int64_t>(-200'000, 200'000));
        const Timestamp last = timestamp_from_ms(*rc::gen::inRange<std::int64_t>(-200'000, 300'000));
        std::vector<Timestamp> expected;  // brute force: every multiple of slide
        for (std::int64_t k = -500; k <= 500; ++k) {
            const Timestamp end = timestamp_from_ms(k * spec.slide.count());
            if (end <= last && window_ending(end, spec).contains(ts)) expected.push_back(end);
        }
        RC_ASSERT(windows_covering(pane_of(ts, spec), last, spec) == expected);
    }));
}

TEST(Window, refuses_windows_that_are_no_multiple_of_the_pane) {
    EXPECT_TRUE(validate(WindowSpec{}).has_value());
    const auto with = [](auto change) {
        WindowSpec spec;
        change(spec);
        return validate(spec).has_value();
    };
    EXPECT_FALSE(with([](WindowSpec& s) { s.pane = Duration{0}; }));
    EXPECT_FALSE(with([](WindowSpec& s) { s.pane = Duration{7000}; }));
    EXPECT_FALSE(with([](WindowSpec& s) { s.slide = Duration{1500}; }));
    EXPECT_FALSE(with([](WindowSpec& s) { s.slide = Duration{600'000}; }));
    EXPECT_FALSE(with([](WindowSpec& s) { s.size = std::chrono::hours{48}; }));
    EXPECT_FALSE(with([](WindowSpec& s) { s.lateness = Duration{-1}; }));
}

TEST(Window, names_its_view_after_field_and_size) {
    EXPECT_EQ(view_name("County", WindowSpec{}), "county-5m");
}

}  // namespace
}  // namespace weir

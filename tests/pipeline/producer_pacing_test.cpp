#include "pipeline/producer_pacing.h"

#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace weir {
namespace {

using test::ManualClock;

const Timestamp start = timestamp_from_ms(1'795'479'353'000);

TEST(Pacer, event_k_is_due_at_start_plus_k_over_rate) {
    ManualClock clock(start);
    Pacer pacer(clock, 4.0);
    pacer.start();
    EXPECT_FALSE(pacer.is_due(1));
    clock.advance(Duration{249});
    pacer.look();
    EXPECT_FALSE(pacer.is_due(1));
    clock.advance(Duration{1});
    EXPECT_FALSE(pacer.is_due(1));  // not looked yet
    pacer.look();
    EXPECT_TRUE(pacer.is_due(1));
    EXPECT_FALSE(pacer.is_due(2));
    EXPECT_EQ(pacer.stamp(1), start + Duration{250});
    clock.advance(std::chrono::seconds{1'000'000});
    pacer.look();
    EXPECT_TRUE(pacer.is_due(4'000'001));
    EXPECT_FALSE(pacer.is_due(4'000'002));
}

TEST(Pacer, a_late_event_carries_the_time_it_was_due) {
    ManualClock clock(start);
    Pacer pacer(clock, 1000.0);
    pacer.start();
    clock.advance(std::chrono::seconds{5});
    pacer.look();
    for (std::uint64_t k = 1; k <= 5000; ++k)
        ASSERT_EQ(pacer.stamp(k), start + Duration{static_cast<std::int64_t>(k)});
}

TEST(Pacer, an_uneven_rate_does_not_drift) {
    ManualClock clock(start);
    Pacer pacer(clock, 3.0);
    pacer.start();
    EXPECT_EQ(pacer.due(3'000'000'000) - pacer.due(0), std::chrono::seconds{1'000'000'000});
    EXPECT_EQ(pacer.due(1) - pacer.due(0), std::chrono::nanoseconds{333'333'333});
}

TEST(Pacer, without_a_rate_every_event_is_due_and_carries_now) {
    ManualClock clock(start);
    Pacer pacer(clock, std::nullopt);
    pacer.start();
    EXPECT_TRUE(pacer.is_due(1'000'000));
    EXPECT_EQ(pacer.stamp(1), start);
    clock.advance(Duration{7});
    EXPECT_EQ(pacer.stamp(2), start + Duration{7});
}

// Two clocks that move apart: the wall clock is set, or the machine slept and the steady clock did not count.
class SplitClock final : public Clock {
  public:
    [[nodiscard]] Timestamp now() const override { return wall; }
    [[nodiscard]] SteadyTime steady_now() const override { return steady; }
    void sleep_until(SteadyTime) override {}
    void advance(Duration d) {
        wall += d;
        steady += d;
    }
    Timestamp wall = start;
    SteadyTime steady{std::chrono::seconds{5}};
};

TEST(Pacer, times_never_go_back_within_a_run) {
    for (const std::optional<double> rate : {std::optional<double>(), std::optional<double>(10.0)}) {
        SplitClock clock;
        Pacer pacer(clock, rate);
        pacer.start();
        clock.advance(std::chrono::seconds{1});
        pacer.look();
        const Timestamp before = pacer.stamp(10);
        EXPECT_EQ(before, start + std::chrono::seconds{1});
        clock.wall -= std::chrono::hours{1};
        clock.advance(Duration{100});
        pacer.look();
        EXPECT_EQ(pacer.stamp(11), before);
    }
}

TEST(Pacer, after_a_sleep_of_the_machine_times_are_the_wall_clock_s_again) {
    SplitClock clock;
    Pacer pacer(clock, 10.0);
    pacer.start();
    clock.wall += std::chrono::hours{8};
    clock.advance(Duration{100});
    pacer.look();
    EXPECT_EQ(pacer.stamp(1), start + std::chrono::hours{8} + Duration{100});
}

TEST(Pacer, a_jitter_between_the_two_clocks_does_not_show) {
    SplitClock clock;
    Pacer pacer(clock, 10.0);
    pacer.start();
    clock.wall += Duration{3};
    clock.advance(Duration{100});
    pacer.look();
    EXPECT_EQ(pacer.stamp(1), start + Duration{100});
}

}  // namespace
}  // namespace weir

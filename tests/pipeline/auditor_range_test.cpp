// Audits of ranges, windows and hours of any shape.
#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "pipeline/auditor.h"
#include "pipeline/describe_audit.h"
#include "pipeline/sensor_world.h"
#include "pipeline/tampering_reader.h"

namespace weir {
namespace {

using test::describe;
using test::Sensed;
using test::SensorWorld;

constexpr Duration second{1000};

// The hour ends between two rows: what the first one's window began with is forgotten before the second is
// summed.
TEST(AuditOfHours, rows_on_both_sides_of_an_hour_are_summed_right) {
    WindowSpec spec;
    spec.slide = second * 2;
    spec.size = second * 10;
    const Timestamp start = timestamp_from_ms(1'790'002'800'000);
    SensorWorld world(spec, start + std::chrono::hours{2});
    world.send("b1", {{"e-1", start + second * 3590, "Ulster"}, {"e-2", start + second * 3595, "Essex"}});
    world.clock.advance(second * 2);
    ASSERT_TRUE(world.aggregator.tick().has_value());
    const auto report = audit(*world.store, spec, {start + second, start + second * 3700}, {});
    ASSERT_TRUE(report.has_value());
    EXPECT_TRUE(report->passed()) << describe(*report);
    EXPECT_EQ(report->rows, 7U);  // ending at 3592 to 3604
    EXPECT_EQ(report->rows_pending, 0U);
}

// Against a twin that counts a list: windows, panes and ranges of many shapes, events in any order.
TEST(AuditProperty, counts_what_a_list_holds_and_passes_and_fails_with_one_event_less) {
    EXPECT_TRUE(rc::check([] {
        WindowSpec spec;
        spec.pane = second * *rc::gen::elementOf(std::vector<int>{1, 7, 10, 60});
        spec.slide = spec.pane * *rc::gen::inRange(1, 4);
        spec.size = spec.pane * *rc::gen::inRange(4, 12);
        const Timestamp start = align_up(timestamp_from_ms(1'790'002'800'000), spec.slide);
        SensorWorld world(spec, start + std::chrono::hours{3});
        const auto offsets = *rc::gen::container<std::vector<int>>(40, rc::gen::inRange(0, 10'800'000));
        std::vector<Sensed> events;
        for (const int offset : offsets)
            events.push_back({format_event_id("r1", events.size() + 1), start + Duration{offset},
                              SensorWorld::counties.at(events.size() % 7)});
        world.send_all("r1", events, 7);
        world.clock.advance(second * 2);
        RC_ASSERT(world.aggregator.tick().has_value());

        const Timestamp from = align_down(start + Duration{*rc::gen::inRange(0, 10'800'000)}, spec.pane);
        const Timestamp to = align_up(start + Duration{*rc::gen::inRange(0, 10'800'000)}, spec.pane);
        const TimeRange range{std::min(from, to), std::max(from, to)};
        const auto inside = static_cast<std::uint64_t>(std::count_if(
            events.begin(), events.end(), [&](const Sensed& e) { return range.contains(e.ts); }));
        const auto report = audit(*world.store, spec, range, {});
        RC_ASSERT(report.has_value());
        RC_ASSERT(report->passed());
        RC_ASSERT(report->events == inside);
        RC_ASSERT(report->rows_pending == 0U);

        const Sensed& victim = events[static_cast<std::size_t>(*rc::gen::inRange(0, 40))];
        Falsification lie;
        lie.victim = [](const RawEvent&) { return std::vector<RawEvent>{}; };
        TamperingReader reader(*world.store, {victim.id, victim.ts, victim.county, ""}, lie);
        const auto tampered = audit(reader, spec, range, {});
        RC_ASSERT(tampered.has_value());
        RC_ASSERT(tampered->passed() == !range.contains(victim.ts));
    }));
}

}  // namespace
}  // namespace weir

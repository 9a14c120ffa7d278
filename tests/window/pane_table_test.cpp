#include "window/pane_table.h"

#include <map>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace weir {
namespace {

constexpr Duration pane{1000};

Timestamp second(std::int64_t s) {
    return timestamp_from_ms(s * 1000);
}

struct Sum {
    KeyCounts counts;
    std::uint64_t total = 0, late = 0;
};

Sum sum_of(const PaneTable& table, TimeRange range) {
    Sum sum;
    table.sum(range, sum.counts, sum.total, sum.late);
    return sum;
}

TEST(PaneTable, agrees_with_a_map_of_maps) {
    EXPECT_TRUE(rc::check([] {
        PaneTable table(pane, second(-5));
        std::map<Timestamp, KeyCounts> twin;
        std::map<Timestamp, std::uint64_t> twin_late;
        Timestamp start = second(-5);
        const int steps = *rc::gen::inRange(1, 200);
        for (int i = 0; i < steps; ++i) {
            const Timestamp at = second(*rc::gen::inRange<std::int64_t>(-10, 30));
            const int what = *rc::gen::inRange(0, 10);
            if (what == 0) {
                table.evict_before(at);
                start = std::max(start, at);
                twin.erase(twin.begin(), twin.lower_bound(start));
                twin_late.erase(twin_late.begin(), twin_late.lower_bound(start));
            } else if (what == 1) {
                table.add_late(at, 2);
                if (at >= start) twin_late[at] += 2;
            } else {
                const Key key = "key " + std::to_string(*rc::gen::inRange(0, 40));
                const auto count = *rc::gen::inRange<std::uint64_t>(1, 5);
                table.add(at, key, count);
                if (at >= start) twin[at][key] += count;
            }
            RC_ASSERT(table.start() == start);
        }
        const TimeRange range{second(*rc::gen::inRange<std::int64_t>(-12, 30)),
                              second(*rc::gen::inRange<std::int64_t>(-12, 32))};
        Sum expected;
        std::size_t entries = 0;
        KeyCounts keys;
        for (const auto& [at, counts] : twin)
            for (const auto& [key, count] : counts) {
                ++entries;
                keys[key] = 1;
                if (!range.contains(at)) continue;
                expected.counts[key] += count;
                expected.total += count;
            }
        for (const auto& [at, late] : twin_late)
            if (range.contains(at)) expected.late += late;
        const Sum sum = sum_of(table, range);
        RC_ASSERT(sum.counts == expected.counts);
        RC_ASSERT(sum.total == expected.total);
        RC_ASSERT(sum.late == expected.late);
        RC_ASSERT(table.entries() == entries);
        RC_ASSERT(table.keys() == keys.size());
    }));
}

TEST(PaneTable, past_its_bound_the_oldest_panes_go) {
    PaneTable table(pane, second(0), 10);
    for (int s = 0; s < 8; ++s)
        for (int key = 0; key < 3; ++key)
            table.add(second(s), "key " + std::to_string(key) + " of " + std::to_string(s), 1);
    EXPECT_LE(table.entries(), 10U);
    EXPECT_EQ(table.start(), second(5));
    EXPECT_EQ(table.keys(), table.entries());
    EXPECT_EQ(sum_of(table, {second(0), second(100)}).total, 9U);
}

TEST(PaneTable, one_pane_over_the_bound_leaves_nothing_half_counted) {
    PaneTable table(pane, second(0), 4);
    for (int key = 0; key < 9; ++key)
        table.add(second(3), std::to_string(key), 1);
    table.add(second(3), "again", 1);
    EXPECT_EQ(table.start(), second(4));
    EXPECT_EQ(table.entries(), 0U);
    EXPECT_EQ(table.keys(), 0U);
}

TEST(CountMap, counts_zero_and_large_keys) {
    CountMap map;
    EXPECT_FALSE(map.contains(0));
    map.add(7, 0);
    EXPECT_TRUE(map.empty());
    for (std::uint64_t i = 0; i < 1000; ++i)
        map.add(i << 32U, i + 1);
    map.add(0, 9);
    std::map<std::uint64_t, std::uint64_t> found;
    map.for_each([&](std::uint64_t key, std::uint64_t count) { found[key] = count; });
    EXPECT_EQ(map.size(), 1000U);
    EXPECT_EQ(found.size(), 1000U);
    EXPECT_EQ(found[0], 10U);
    EXPECT_EQ(found[std::uint64_t{999} << 32U], 1000U);
    EXPECT_FALSE(map.contains(1000ULL << 32U));
}

}  // namespace
}  // namespace weir

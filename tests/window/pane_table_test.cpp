#include "window/pane_table.h"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace weir {
namespace {

const WindowSpec window{std::chrono::seconds{8}, Duration{1000}, std::chrono::seconds{4}, Duration{2000}};

Timestamp second(std::int64_t s) {
    return timestamp_from_ms(s * 1000);
}

struct Sum {
    KeyCounts counts;
    std::uint64_t total = 0, late = 0;
};

// A map of maps, which adds up panes each time it is asked.
class Twin {
  public:
    Twin(Timestamp start, PaneTable::Limits limits) : start_(start), limits_(limits) {}

    void add(Timestamp pane, const Key& key, std::uint64_t count) {
        if (pane >= start_) panes_[pane].counts[key] += count;
    }
    void add_late(Timestamp pane, std::uint64_t count) {
        if (pane >= start_) panes_[pane].late += count;
    }
    void drop_beyond_limits() {
        while (entries() > limits_.entries || keys() > limits_.keys) {
            start_ = std::max(start_, panes_.begin()->first + window.pane);
            panes_.erase(panes_.begin());
        }
    }
    void evict_before(Timestamp start) {
        start_ = std::max(start_, start);
        panes_.erase(panes_.begin(), panes_.lower_bound(start_));
    }
    [[nodiscard]] Sum sum(TimeRange range) const {
        Sum sum;
        for (const auto& [start, pane] : panes_) {
            if (!range.contains(start)) continue;
            for (const auto& [key, count] : pane.counts) {
                sum.counts[key] += count;
                sum.total += count;
            }
            sum.late += pane.late;
        }
        return sum;
    }
    [[nodiscard]] std::size_t entries() const {
        std::size_t all = 0;
        for (const auto& [start, pane] : panes_)
            all += pane.counts.size();
        return all;
    }
    [[nodiscard]] std::size_t keys() const { return sum({Timestamp::min(), Timestamp::max()}).counts.size(); }
    [[nodiscard]] Timestamp start() const { return start_; }

  private:
    struct Pane {
        KeyCounts counts;
        std::uint64_t late = 0;
    };
    Timestamp start_;
    PaneTable::Limits limits_;
    std::map<Timestamp, Pane> panes_;
};

std::vector<std::pair<Key, std::uint64_t>> top_of(const KeyCounts& counts, std::size_t limit) {
    std::vector<std::pair<Key, std::uint64_t>> all(counts.begin(), counts.end());
    std::stable_sort(all.begin(), all.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    all.resize(std::min(limit, all.size()));
    return all;
}

void expect_same(PaneTable& table, const Twin& twin, TimeRange range, std::size_t limit) {
    const Sum expected = twin.sum(range);
    const CountedKeys all = table.all(range);
    RC_ASSERT(ordered_by_key(all.keys) == expected.counts);
    CountedKeys top = table.largest(range, limit);
    keep_largest(top.keys, limit);
    std::vector<std::pair<Key, std::uint64_t>> found;
    for (const CountedKey& key : top.keys)
        found.emplace_back(key.name, key.count);
    RC_ASSERT(found == top_of(expected.counts, limit));
    for (const CountedKeys* one : {&all, &static_cast<const CountedKeys&>(top)}) {
        RC_ASSERT(one->distinct == expected.counts.size());
        RC_ASSERT(one->total == expected.total);
        RC_ASSERT(one->late == expected.late);
    }
}

template <typename Number>
Number between(Number from, Number to) {
    return *rc::gen::inRange<Number>(from, to);
}

// A batch of events in random order around `second`, some late, some left out as duplicates.
void add_batches(PaneTable& table, Twin& twin, std::int64_t around) {
    std::vector<Batch> batches(static_cast<std::size_t>(between(1, 4)));
    GroupCounts group(window);
    for (Batch& batch : batches) {
        batch.received_at = second(around);
        const int first_key = between(0, 30), keys = between(1, 12);
        for (int key = 0; key < keys; ++key)
            batch.keys.push_back("key " + std::to_string(first_key + key));
        std::vector<std::uint32_t> duplicates;
        std::uint64_t late = 0;
        const auto events = between<std::uint32_t>(0, 40);
        for (std::uint32_t i = 0; i < events; ++i) {
            EventRecord event;
            event.key = between<std::uint32_t>(0, static_cast<std::uint32_t>(keys));
            event.ts = second(around) + Duration{between(-9000, 3000)};
            batch.events.push_back(event);
            if (between(0, 8) == 0) {
                duplicates.push_back(i);
                continue;
            }
            const Timestamp pane = pane_of(event.ts, window);
            twin.add(pane, batch.keys[event.key], 1);
            if (batch.received_at - event.ts <= window.lateness) continue;
            twin.add_late(pane, 1);
            ++late;
        }
        RC_ASSERT(group.add(batch, batch.received_at, duplicates) == late);
    }
    std::set<std::string_view> names;
    for (const HashedKey& key : group.keys())
        RC_ASSERT(names.insert(key.name).second);
    table.add(group);
}

void run_beside_twin(PaneTable::Limits limits) {
    PaneTable table(window, second(-5), limits);
    Twin twin(second(-5), limits);
    std::int64_t now = 0;
    const int steps = between(1, 80);
    for (int i = 0; i < steps; ++i) {
        const std::int64_t at = now + between<std::int64_t>(-12, 4);
        switch (between(0, 8)) {
            case 0:
                table.evict_before(second(at - 6));
                twin.evict_before(second(at - 6));
                break;
            case 1:
                table.add_late(second(at), 2);
                twin.add_late(second(at), 2);
                break;
            case 2:  // time passes, mostly a little, and sometimes it is set back
                now += between(0, 10) == 0 ? between<std::int64_t>(-20, 20) : between<std::int64_t>(0, 3);
                table.slide_to(second(now + 1));
                break;
            case 3: {
                const Key key = "key " + std::to_string(between(0, 40));
                const auto count = between<std::uint64_t>(1, 5);
                table.add(second(at), key, count);
                twin.add(second(at), key, count);
                twin.drop_beyond_limits();
                break;
            }
            default:
                add_batches(table, twin, now);
                twin.drop_beyond_limits();
        }
        RC_ASSERT(table.start() == twin.start());
        RC_ASSERT(table.entries() == twin.entries());
        RC_ASSERT(table.keys() == twin.keys());
        const std::int64_t end = between(0, 2) == 0 ? now + 1 : at;
        expect_same(table, twin, {second(end - 8), second(end)}, between<std::size_t>(1, 12));
        if (between(0, 4) == 0)
            expect_same(table, twin, {second(at), second(at + between<std::int64_t>(-3, 20))}, 3);
    }
}

TEST(PaneTable, agrees_with_a_map_of_maps) {
    EXPECT_TRUE(rc::check([] { run_beside_twin({}); }));
}

TEST(PaneTable, agrees_with_a_map_of_maps_at_its_limits) {
    EXPECT_TRUE(rc::check([] { run_beside_twin({between<std::size_t>(1, 120), 1000}); }));
    EXPECT_TRUE(rc::check([] { run_beside_twin({1000, between<std::size_t>(1, 40)}); }));
}

TEST(PaneTable, finds_the_largest_of_very_many_keys) {
    PaneTable table(window, second(0));
    Twin twin(second(0), {});
    table.slide_to(second(8));
    for (std::uint64_t i = 0; i < 60'000; ++i) {
        const std::uint64_t mixed = i * 0x9E3779B97F4A7C15U >> 40U;
        const Key key = std::to_string(mixed % 9000);
        table.add(second(static_cast<std::int64_t>(i / 6000)), key, 1 + mixed % 3);
        twin.add(second(static_cast<std::int64_t>(i / 6000)), key, 1 + mixed % 3);
    }
    for (const std::int64_t end : {8, 9, 10, 12, 9, 30}) {
        table.slide_to(second(end));
        for (const std::size_t limit : {1U, 10U, 500U, 5000U, 20'000U})
            ASSERT_NO_THROW(expect_same(table, twin, {second(end - 8), second(end)}, limit)) << end << limit;
    }
}

TEST(PaneTable, names_that_were_given_out_stay_while_they_are_held) {
    PaneTable table(window, second(0));
    const std::string tail(200, 'x');
    for (int i = 0; i < 10'000; ++i)
        table.add(second(0), std::to_string(i) + tail, 1);
    const CountedKeys held = table.all({second(0), second(1)});
    for (int i = 0; i < 3; ++i) {  // two megabytes of names go, and others come in their place
        table.evict_before(second(i + 1));
        for (int key = 0; key < 10'000; ++key)
            table.add(second(i + 1), "other " + std::to_string(key) + tail, 1);
    }
    KeyCounts expected;
    for (int i = 0; i < 10'000; ++i)
        expected[std::to_string(i) + tail] = 1;
    EXPECT_EQ(ordered_by_key(held.keys), expected);
    EXPECT_EQ(table.keys(), 10'000U);
}

TEST(PaneTable, past_its_bound_the_oldest_panes_go) {
    PaneTable table(window, second(0), {10, 1000});
    for (int s = 0; s < 8; ++s)
        for (int key = 0; key < 3; ++key)
            table.add(second(s), "key " + std::to_string(key) + " of " + std::to_string(s), 1);
    EXPECT_LE(table.entries(), 10U);
    EXPECT_EQ(table.start(), second(5));
    EXPECT_EQ(table.keys(), table.entries());
    EXPECT_EQ(table.all({second(0), second(100)}).total, 9U);
}

TEST(PaneTable, one_pane_over_the_bound_leaves_nothing_half_counted) {
    PaneTable table(window, second(0), {4, 1000});
    for (int key = 0; key < 9; ++key)
        table.add(second(3), std::to_string(key), 1);
    table.add(second(3), "again", 1);
    EXPECT_EQ(table.start(), second(4));
    EXPECT_EQ(table.entries(), 0U);
    EXPECT_EQ(table.keys(), 0U);
}

TEST(KeyIndex, agrees_with_a_map_though_all_hashes_collide) {
    EXPECT_TRUE(rc::check([] {
        KeyIndex index;
        std::map<std::uint32_t, std::uint32_t> twin;  // hash by id
        const std::uint32_t hashes = between<std::uint32_t>(1, 60);
        for (int i = 0; i < 300; ++i) {
            const auto id = between<std::uint32_t>(0, 50);
            if (twin.contains(id)) {
                index.erase(twin[id], id);
                twin.erase(id);
            } else {
                twin[id] = between<std::uint32_t>(0, hashes);
                index.insert(twin[id], id);
            }
        }
        for (std::uint32_t id = 0; id < 50; ++id) {
            const auto known = twin.find(id);
            const auto same = [&](std::uint32_t other) { return other == id; };
            for (std::uint32_t hash = 0; hash < hashes; ++hash)
                RC_ASSERT(index.find(hash, same) ==
                          (known != twin.end() && known->second == hash ? id : KeyIndex::none));
        }
        RC_ASSERT(index.size() == twin.size());
    }));
}

TEST(IdSums, the_least_of_the_largest_is_exact_also_after_sums_have_shrunk) {
    EXPECT_TRUE(rc::check([] {
        IdSums sums;
        std::vector<std::uint64_t> twin(1500);
        for (int i = 0; i < 400; ++i) {
            const auto id = between<std::uint32_t>(0, 1500);
            if (twin[id] > 0 && between(0, 2) == 0) {
                const auto count = between<std::uint64_t>(1, twin[id] + 1);
                sums.subtract(id, count);
                twin[id] -= count;
            } else {
                const auto count = between<std::uint64_t>(1, 9);
                sums.add(id, count);
                twin[id] += count;
            }
            if (i % 40 != 0) continue;
            std::vector<std::uint64_t> largest = twin;
            std::sort(largest.rbegin(), largest.rend());
            const auto limit = between<std::size_t>(1, 30);
            // With no more than that, all are wanted.
            const std::uint64_t expected = largest[limit] == 0 ? 1 : largest[limit - 1];
            RC_ASSERT(sums.least_of_largest(limit) == expected);
        }
    }));
}

TEST(CountMap, counts_zero_and_large_ids_and_counts) {
    CountMap map;
    EXPECT_FALSE(map.contains(0));
    EXPECT_FALSE(map.add(7, 0));
    EXPECT_TRUE(map.empty());
    for (std::uint32_t i = 0; i < 1000; ++i)
        EXPECT_TRUE(map.add(i << 20U, std::uint64_t{i + 1} << 30U));
    EXPECT_FALSE(map.add(0, 9));
    std::map<std::uint32_t, std::uint64_t> found;
    map.for_each([&](std::uint32_t id, std::uint64_t count) { found[id] = count; });
    EXPECT_EQ(map.size(), 1000U);
    EXPECT_EQ(found.size(), 1000U);
    EXPECT_EQ(found[0], (std::uint64_t{1} << 30U) + 9);
    EXPECT_EQ(found[999U << 20U], std::uint64_t{1000} << 30U);
    EXPECT_FALSE(map.contains(1001U << 20U));
}

}  // namespace
}  // namespace weir

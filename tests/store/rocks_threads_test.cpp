// Readers, rows and retention beside commits: every reader sees whole commits, at one moment. Run under the
// thread sanitizer.
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "batches.h"
#include "harness.h"

namespace weir::test {
namespace {

class RocksThreads : public testing::Test {
  protected:
    // Group n: three small batches and sometimes a large one. Each adds the same to five panes, three of
    // them in memory and two on disk, under a key for each pane: at any moment the five counts are equal.
    std::vector<Batch> group(int n) const {
        std::vector<Batch> batches;
        for (int b = 0; b < (n % 50 == 0 ? 4 : 3); ++b) {
            BatchMaker maker("b" + std::to_string(n) + "-" + std::to_string(b), now_);
            const std::uint64_t size = b == 3 ? 500 : 5;
            for (std::uint64_t i = 0; i < size; ++i)
                maker.add(
                    {format_event_id("run" + std::to_string(b), static_cast<std::uint64_t>(n) * 1000 + i),
                     now_ - Duration{static_cast<std::int64_t>(i % 5) * 300'000},
                     "K" + std::to_string(i % 5)});
            batches.push_back(maker.make());
        }
        return batches;
    }

    const Timestamp now_ = at(36'000);
    RocksHarness harness_{false};
};

TEST_F(RocksThreads, a_count_and_a_scan_at_the_same_as_of_agree_while_commits_go_on) {
    harness_.clock.set(now_);
    Store& store = harness_.store();
    std::atomic<bool> done = false;
    std::atomic<int> checks = 0;
    const TimeRange all{now_ - std::chrono::hours{1}, now_ + std::chrono::hours{1}};
    const auto compare = [&] {
        while (!done || checks < 3) {
            const auto counts = store.window_counts(all);
            KeyCounts scanned;
            std::uint64_t total = 0;
            const auto end = store.scan({all, counts->as_of, {}}, [&](const EventView& event) {
                ++scanned[Key(event.key)];
                ++total;
                return Visit::next;
            });
            EXPECT_TRUE(end.has_value());
            EXPECT_EQ(counts->counts, scanned);
            EXPECT_EQ(counts->total, total);
            ++checks;
        }
    };
    const auto sum = [&] {
        while (!done) {
            const auto counts = store.window_counts(all)->counts;
            for (const auto& [key, count] : counts)
                EXPECT_EQ(count, counts.begin()->second);
        }
    };
    const auto top = [&] {  // slides the running window, and takes the keys' names out of the lock
        while (!done) {
            const Timestamp end = now_ + Duration{1000};
            const auto running = store.top_counts({end - std::chrono::minutes{5}, end}, {10, {}});
            EXPECT_TRUE(running.has_value());
            EXPECT_LE(running->largest.size(), 1U);
            const auto searched = store.top_counts(all, {10, "k"});
            for (const RankedKey& key : searched->largest)
                EXPECT_EQ(key.count, searched->largest.front().count);
            harness_.clock.set(harness_.clock.now() == now_ ? now_ + Duration{1000} : now_);
        }
    };
    const auto look = [&] {
        while (!done) {
            EXPECT_TRUE(store.ledger()->balances());
            EXPECT_TRUE(
                store.panes({now_ - std::chrono::minutes{30}, now_ + std::chrono::minutes{30}}).has_value());
            EXPECT_TRUE(store.dead_letters(all, 0, 10).has_value());
            const auto dirty = store.dirty_panes();
            AggregateRow row;
            row.view = "county-5m";
            row.window_end = now_;
            EXPECT_TRUE(store.put_rows(std::vector<AggregateRow>{row}, *dirty).has_value());
            EXPECT_TRUE(store.latest_row()->has_value());
        }
    };
    const auto drop = [&] {
        while (!done)
            EXPECT_TRUE(store.drop_before(now_ - std::chrono::hours{2}).has_value());
    };
    std::vector<std::thread> threads;
    threads.emplace_back(compare);
    threads.emplace_back(sum);
    threads.emplace_back(sum);
    threads.emplace_back(top);
    threads.emplace_back(look);
    threads.emplace_back(drop);
    threads.emplace_back([&] {
        Batch batch = group(1000)[0];
        while (!done)
            store.prepare(batch);
    });
    std::uint64_t committed = 0;
    for (int n = 0; n < 500; ++n) {
        std::vector<Batch> batches = group(n);
        const auto answers = store.commit(batches);
        ASSERT_TRUE(answers.has_value());
        for (const auto& answer : *answers)
            committed += answer->stored;
    }
    done = true;
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(store.window_counts(all)->total, committed);
    EXPECT_EQ(store.ledger()->stored, committed);
}

// What is dropped while it is scanned is missing, but nothing else, and nothing fails.
TEST_F(RocksThreads, a_scan_while_its_blocks_are_dropped_ends_well) {
    Store& store = harness_.store();
    for (int n = 0; n < 30; ++n) {
        const Timestamp time = at(n * 3600);
        BatchMaker maker("b" + std::to_string(n), time);
        for (std::uint64_t i = 0; i < 20; ++i)
            maker.add({format_event_id("run" + std::to_string(n), i), time});
        std::vector<Batch> batches{maker.make()};
        ASSERT_TRUE(store.commit(batches).has_value());
    }
    std::thread dropper([&] {
        for (int n = 0; n < 30; ++n)
            EXPECT_TRUE(store.drop_before(at(n * 3600)).has_value());
    });
    for (int scans = 0; scans < 20; ++scans) {
        bool newest = false;
        const auto end = store.scan({{at(0), at(360'000)}, {}, {}}, [&](const EventView& event) {
            newest = newest || event.event_id == "run29-000019";
            return Visit::next;
        });
        EXPECT_TRUE(end.has_value()) << (end ? "" : end.error().message);
        EXPECT_TRUE(newest);
    }
    dropper.join();
}

}  // namespace
}  // namespace weir::test

#include "pipeline/aggregator.h"

#include <gtest/gtest.h>

#include "pipeline/aggregator_bench.h"
#include "pipeline/gated_store.h"

namespace weir {
namespace {

using test::AggregatorBench;
using test::GatedStore;
using test::make_batch;
using test::ManualClock;
using test::midnight;
using test::Reading;
using namespace std::chrono_literals;

TEST(Aggregator, writes_a_row_once_its_window_has_settled) {
    AggregatorBench bench;
    bench.tick();
    const Timestamp end = midnight + 60s;
    bench.send(midnight + 1s, "Delaware");
    bench.tick_at(end + 999ms);
    EXPECT_FALSE(bench.row(end));
    EXPECT_EQ(bench.tick_at(end + 1s), 1U);
    const auto row = bench.row(end);
    ASSERT_TRUE(row);
    EXPECT_EQ(row->view, "county-5m");
    EXPECT_EQ(row->window_start, end - 5min);
    EXPECT_EQ(row->counts, (KeyCounts{{"Delaware", 1}}));
    EXPECT_EQ(row->total, 1U);
    EXPECT_EQ(row->revision, 0U);
    EXPECT_FALSE(row->final);
    EXPECT_EQ(row->run_id, "");
    EXPECT_EQ(row->computed_at, end + 1s);
    EXPECT_EQ(row->as_of, 1U);
}

TEST(Aggregator, begins_on_an_empty_store_with_the_window_that_closed_last) {
    AggregatorBench bench;
    EXPECT_EQ(bench.tick_at(midnight + 90s), 1U);
    ASSERT_EQ(bench.rows().size(), 1U);
    EXPECT_EQ(bench.rows()[0].window_end, midnight + 60s);
    EXPECT_EQ(bench.rows()[0].total, 0U);
}

TEST(Aggregator, an_idle_stream_still_closes_its_windows) {
    AggregatorBench bench;
    bench.tick();
    for (int second = 1; second <= 301; ++second)
        bench.tick_at(midnight + second * 1s);
    ASSERT_EQ(bench.rows().size(), 7U);  // 23:59, 00:00 and the five minutes after
    for (const AggregateRow& row : bench.rows())
        EXPECT_EQ(row.total, 0U);
    EXPECT_EQ(bench.rows().back().window_end, midnight + 5min);
}

TEST(Aggregator, window_bounds_are_half_open) {
    AggregatorBench bench;
    bench.tick();
    const Timestamp end = midnight + 5min;
    bench.send(midnight - 1ms, "before");
    bench.send(midnight, "first");
    bench.send(end - 1ms, "last");
    bench.send(end, "after");
    bench.tick_at(end + 1s);
    EXPECT_EQ(bench.row(end)->counts, (KeyCounts{{"first", 1}, {"last", 1}}));
}

TEST(Aggregator, a_late_event_rewrites_every_row_that_covers_it_with_a_higher_revision) {
    AggregatorBench bench;
    bench.tick();
    bench.tick_at(midnight + 10min + 1s);
    bench.send(midnight + 30s, "Greene");
    EXPECT_EQ(bench.tick_at(midnight + 10min + 2s), 5U);
    for (int minute = 1; minute <= 5; ++minute) {
        const auto row = bench.row(midnight + minute * 1min);
        EXPECT_EQ(row->total, 1U);
        EXPECT_EQ(row->late, 1U);
        EXPECT_EQ(row->revision, 1U);
        EXPECT_TRUE(row->final);
    }
    EXPECT_EQ(bench.row(midnight)->revision, 0U);
    EXPECT_EQ(bench.row(midnight + 6min)->revision, 0U);
    EXPECT_EQ(bench.tick_at(midnight + 10min + 3s), 0U) << "and only once";
}

TEST(Aggregator, a_row_becomes_final_without_a_new_revision) {
    AggregatorBench bench;
    bench.tick();
    const Timestamp end = midnight + 60s;
    bench.send(midnight + 1s, "Delaware");
    bench.tick_at(end + 1s);
    EXPECT_EQ(bench.tick_at(end + 30s - 1ms), 0U);
    EXPECT_FALSE(bench.row(end)->final);
    EXPECT_EQ(bench.tick_at(end + 30s), 1U);
    EXPECT_TRUE(bench.row(end)->final);
    EXPECT_EQ(bench.row(end)->revision, 0U);
    EXPECT_EQ(bench.tick_at(end + 31s), 0U);
}

TEST(Aggregator, a_row_becomes_final_after_a_restart_too) {
    AggregatorBench bench;
    bench.tick();
    bench.tick_at(midnight + 60s + 1s);
    bench.restart();
    bench.tick_at(midnight + 3h);
    for (const AggregateRow& row : bench.rows())
        EXPECT_EQ(row.final, row.window_end + 30s <= midnight + 3h) << format_rfc3339(row.window_end);
}

TEST(Aggregator, rows_missed_while_stopped_are_written_a_tick_at_a_time_up_to_retention) {
    AggregatorBench bench;
    bench.max_rows = 100;
    bench.retention = 10h;
    bench.restart();
    bench.tick();
    bench.send(midnight + 1s, "Delaware");
    bench.restart();
    bench.clock.set(midnight + 24h);
    std::size_t most = 0;
    std::size_t ticks = 0;
    for (std::size_t written = 1; written > 0; ++ticks) {
        bench.clock.advance(1ms);
        written = bench.tick();
        most = std::max(most, written);
    }
    EXPECT_LE(most, 100U);
    EXPECT_GE(ticks, 6U);
    const auto rows = bench.rows();
    EXPECT_EQ(rows.size(), 1U + 599U);  // 23:59 of old, and 14:01 to 23:59
    EXPECT_EQ(rows.back().window_end, midnight + 24h - 60s);
}

TEST(Aggregator, markers_stay_until_every_row_over_the_pane_is_written) {
    AggregatorBench bench;
    bench.max_rows = 3;
    bench.restart();
    bench.tick();
    for (int i = 0; i < 10; ++i)
        bench.tick_at(midnight + 10min + 1s);
    bench.send(midnight + 30s, "Greene");
    bench.send(midnight + 200s, "Greene");
    bench.tick();
    EXPECT_FALSE(bench.store->dirty_panes()->empty());
    for (int i = 0; i < 5; ++i)
        bench.tick();
    EXPECT_TRUE(bench.store->dirty_panes()->empty());
    EXPECT_EQ(bench.row(midnight + 5min)->total, 2U);
}

TEST(Aggregator, an_event_that_comes_while_its_row_is_counted_is_not_forgotten) {
    ManualClock clock(midnight + 1s);
    StoreIdentity identity;
    identity.view = "county-5m";
    GatedStore store(make_memory_store(identity));
    Aggregator::Options options;
    options.view = "county-5m";
    Aggregator aggregator(store, clock, options);
    ASSERT_TRUE(aggregator.tick());
    int sent = 0;
    const auto send = [&] {
        const std::string id = fmt::format("b{}", ++sent);
        Batch batch = make_batch(id, clock.now(), {{id, midnight - 30s, "Delaware"}});
        ASSERT_TRUE(store.commit({&batch, 1}));
    };
    send();
    // While a changed row is counted, then while a row is counted for the first time.
    for (const Timestamp now : {midnight + 1s, midnight + 61s}) {
        clock.set(now);
        store.after_count([&, done = false]() mutable {
            if (!std::exchange(done, true)) send();
        });
        ASSERT_TRUE(aggregator.tick());
        ASSERT_TRUE(aggregator.tick());
        const auto rows = store.rows({midnight, max_timestamp}, 10).value();
        for (const AggregateRow& row : rows)
            EXPECT_EQ(row.total, static_cast<std::uint64_t>(sent)) << format_rfc3339(row.window_end);
    }
}

TEST(Aggregator, a_clock_that_is_set_back_takes_no_row_back) {
    AggregatorBench bench;
    bench.tick();
    bench.tick_at(midnight + 10min);
    EXPECT_TRUE(bench.row(midnight + 5min)->final);
    bench.clock.set(midnight + 4min);
    bench.send(midnight + 4min, "Ulster");
    bench.tick();
    EXPECT_EQ(bench.row(midnight + 5min)->total, 1U);
    EXPECT_EQ(bench.row(midnight + 5min)->revision, 1U);
    EXPECT_TRUE(bench.row(midnight + 5min)->final);
    EXPECT_EQ(bench.row(midnight + 9min)->total, 1U);
}

TEST(Aggregator, rows_made_after_the_clock_was_set_back_become_final_too) {
    AggregatorBench bench;
    bench.tick();
    bench.clock.set(midnight - 1h);
    bench.send(midnight - 1h, "Ulster");
    bench.tick();
    EXPECT_FALSE(bench.row(midnight - 59min)->final);
    bench.tick_at(midnight);
    EXPECT_TRUE(bench.row(midnight - 59min)->final);
}

TEST(Aggregator, the_direct_trigger_writes_a_row_of_its_own) {
    AggregatorBench bench;
    bench.tick();
    bench.clock.set(midnight + 10s);
    bench.send(midnight + 9s, "Delaware");
    const auto row = bench.aggregator->aggregate("run-1", std::nullopt);
    ASSERT_TRUE(row) << row.error().message;
    EXPECT_EQ(row->window_end, midnight + 11s) << "the end of the pane that now lies in";
    EXPECT_EQ(row->run_id, "run-1");
    EXPECT_EQ(row->total, 1U);
    EXPECT_EQ(bench.store->row_of_run("run-1").value(), *row);
    EXPECT_EQ(bench.rows().size(), 1U) << "scheduled rows are not touched";
}

TEST(Aggregator, the_direct_trigger_refuses_what_it_cannot_count) {
    AggregatorBench bench;
    const auto reason = [&](const std::string& run_id, std::optional<Timestamp> at) {
        const auto row = bench.aggregator->aggregate(run_id, at);
        return row ? "" : row.error().reason;
    };
    EXPECT_EQ(reason("r", midnight + 1ms), "window-unaligned");
    EXPECT_EQ(reason("r", midnight + 1s), "");
    EXPECT_EQ(reason("r", midnight + 2s), "window-in-future");
    EXPECT_EQ(reason("", midnight), "run-id-invalid");
    EXPECT_EQ(reason("a b", midnight), "run-id-invalid");
    EXPECT_EQ(reason(std::string(129, 'r'), midnight), "run-id-invalid");
}

TEST(Aggregator, the_live_view_is_not_stored) {
    AggregatorBench bench;
    bench.clock.set(midnight + 1500ms);
    bench.send(midnight + 1400ms, "Delaware");
    EXPECT_EQ(bench.aggregator->live(std::nullopt)->window_end, midnight + 2s);
    EXPECT_EQ(bench.aggregator->live(std::nullopt)->total, 1U);
    EXPECT_EQ(bench.aggregator->live(midnight + 1s)->total, 0U);
    EXPECT_EQ(bench.aggregator->live(midnight + 1s + 5min)->total, 1U);
    EXPECT_EQ(bench.aggregator->live(midnight + 1ms).error().reason, "window-unaligned");
    EXPECT_TRUE(bench.rows().empty());
}

}  // namespace
}  // namespace weir

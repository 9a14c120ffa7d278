// The aggregator as a schedule that starts it anew, and says which time it is for, sees it.
#include <gtest/gtest.h>

#include "pipeline/aggregator.h"
#include "pipeline/make_batch.h"
#include "store/forwarding_store.h"
#include "store/memory_store.h"
#include "support/manual_clock.h"

namespace weir {
namespace {

using test::make_batch;
using test::ManualClock;
using namespace std::chrono_literals;

constexpr Timestamp midnight = timestamp_from_ms(1'790'035'200'000);

// A store that counts how many rows are read of it.
class CountingStore final : public test::ForwardingStore {
  public:
    CountingStore() : ForwardingStore(make_memory_store({"County", "county-5m", {}})) {}
    std::size_t rows_read = 0;

    Result<std::vector<AggregateRow>> rows(TimeRange ends, std::size_t limit) override {
        auto rows = inner().rows(ends, limit);
        rows_read += rows ? rows->size() : 0;
        return rows;
    }
};

class Scheduled : public ::testing::Test {
  protected:
    CountingStore store;
    ManualClock clock{midnight};
    Aggregator::Options options{.view = "county-5m", .window = {}, .settle = 0ms, .starts_often = true};

    // As a function of its own that has just been started.
    std::size_t tick_at(Timestamp now) {
        Aggregator aggregator(store, clock, options);
        const auto written = aggregator.tick_at(now);
        EXPECT_TRUE(written) << written.error().message;
        return written.value_or(0);
    }
    std::vector<AggregateRow> all_rows(TimeRange ends) { return store.rows(ends, 10'000).value(); }
};

TEST_F(Scheduled, what_is_due_is_decided_as_of_the_time_given) {
    Batch batch = make_batch("b1", midnight, {{"e1", midnight - 10s, "Delaware"}});
    ASSERT_TRUE(store.commit({&batch, 1}));
    clock.set(midnight + 17min);
    EXPECT_EQ(tick_at(midnight), 1U);
    const auto row = *store.latest_row();
    ASSERT_TRUE(row);
    EXPECT_EQ(row->window_end, midnight);  // settle 0: the window that ends at that very time
    EXPECT_EQ(row->total, 1U);
    EXPECT_FALSE(row->final);
    EXPECT_EQ(row->computed_at, midnight + 17min);
    EXPECT_EQ(tick_at(midnight + 29s), 0U);
    EXPECT_EQ(tick_at(midnight + 30s), 1U);  // the lateness is over
    EXPECT_TRUE((*store.row_at(midnight))->final);
}

TEST_F(Scheduled, a_run_that_comes_again_out_of_order_changes_nothing) {
    for (int minute = 0; minute <= 5; ++minute)
        tick_at(midnight + std::chrono::minutes{minute});
    const auto rows = *store.rows({min_timestamp, max_timestamp}, 100);
    EXPECT_EQ(tick_at(midnight + 2min), 0U);
    EXPECT_EQ(*store.rows({min_timestamp, max_timestamp}, 100), rows);
}

TEST_F(Scheduled, a_fresh_start_reads_an_hour_of_rows_and_not_all_of_them) {
    const Timestamp end = midnight + 10h;
    for (Timestamp now = midnight; now <= end; now += 1min)
        tick_at(now);
    store.rows_read = 0;
    tick_at(end + 1min);
    EXPECT_LE(store.rows_read, 62U);
    for (const AggregateRow& row : all_rows({min_timestamp, end + 1s}))
        EXPECT_TRUE(row.final) << format_rfc3339(row.window_end);
}

TEST_F(Scheduled, rows_left_unfinished_before_a_long_stop_become_final_after_it) {
    for (Timestamp now = midnight; now <= midnight + 90min; now += 1min)
        tick_at(now);
    ASSERT_FALSE((*store.row_at(midnight + 90min))->final);
    for (Timestamp now = midnight + 30h; now <= midnight + 30h + 2min; now += 1min)
        tick_at(now);
    for (const AggregateRow& row : all_rows({min_timestamp, midnight + 30h}))
        EXPECT_TRUE(row.final) << format_rfc3339(row.window_end);
    EXPECT_EQ(store.rows({min_timestamp, midnight + 30h}, 10'000)->size(), 30U * 60U);
}

}  // namespace
}  // namespace weir

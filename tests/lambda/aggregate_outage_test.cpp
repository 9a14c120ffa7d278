// The aggregate function that catches up after an outage, in simulated time: it keeps what it did, ends
// before its deadline and passes nothing over, however slow counting is and wherever it dies.
#include <functional>
#include <utility>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "lambda/events.h"
#include "lambda/function.h"
#include "store/forwarding_store.h"
#include "store/memory_store.h"
#include "support/manual_clock.h"

namespace weir::lambda {
namespace {

using namespace std::chrono_literals;

const Timestamp midnight = *parse_rfc3339("2026-11-24T00:00:00Z");
const TimeRange always{min_timestamp, max_timestamp};

// Counting takes its time; a count or the writing of a row may fail, which for what is kept is as if the
// function had died there.
class SlowStore final : public weir::test::ForwardingStore {
  public:
    SlowStore(const StoreIdentity& identity, weir::test::ManualClock& clock)
        : ForwardingStore(make_memory_store(identity)), clock_(clock) {}
    Duration count_takes{0};
    std::function<bool()> count_fails = [] { return false; };
    std::function<bool(const AggregateRow&)> put_fails = [](const AggregateRow&) { return false; };

    Result<WindowCounts> window_counts(TimeRange range) override {
        clock_.advance(count_takes);
        if (count_fails()) return fail(ErrorCode::interrupted, "killed", "killed");
        return inner().window_counts(range);
    }
    // As DynamoDB's: the rows of a call are written side by side, whatever becomes of one of them.
    Result<void> put_rows(std::span<const AggregateRow> rows, std::span<const DirtyPane> cleared) override {
        bool failed = false;
        for (const AggregateRow& row : rows) {
            if (put_fails(row))
                failed = true;
            else if (auto put = inner().put_rows({&row, 1}, {}); !put)
                return put;
        }
        if (failed) return fail(ErrorCode::overloaded, "ThrottlingException", "slower");
        return inner().put_rows({}, cleared);
    }

  private:
    weir::test::ManualClock& clock_;
};

class AggregateOutage : public ::testing::Test {
  protected:
    AggregateOutage() {
        configuration.store.retention = 24h * 7;
        configuration.store.identity = identity;
        configuration.clock_skew = 60s;
        restart();
    }
    void restart() { function = make_handler("aggregate", configuration, store, clock).value(); }
    // The schedule's run of that minute. One that is not done in time has failed.
    bool tick(Timestamp scheduled, Duration timeout = 120s) {
        clock.set(std::max(clock.now(), scheduled));
        const Timestamp deadline = clock.now() + timeout;
        const auto answer =
            function->handle({"r", R"({"scheduled_time":")" + format_rfc3339(scheduled) + "\"}", deadline});
        EXPECT_LT(clock.now(), deadline) << "timed out";
        return answer.has_value();
    }
    std::vector<Timestamp> missing(Timestamp first, Timestamp last) {
        std::vector<Timestamp> found;
        for (Timestamp end = first; end <= last; end += 60s)
            if (!*store.row_at(end)) found.push_back(end);
        return found;
    }
    std::vector<Timestamp> not_final(Timestamp until) {
        std::vector<Timestamp> found;
        const auto rows = store.rows({min_timestamp, until}, 100'000);
        for (const AggregateRow& row : *rows)
            if (!row.final) found.push_back(row.window_end);
        return found;
    }

    void finish_rows_after_outage(bool restarts) {
        configuration.store.identity.window.lateness = 4h;
        restart();
        for (Timestamp now = midnight; now <= midnight + 5h; now += 60s)
            ASSERT_TRUE(tick(now));
        ASSERT_EQ(not_final(midnight + 5h).size(), 239U);
        store.count_takes = 3s;
        Timestamp now = midnight + 20h;
        for (int runs = 0; runs < 60 && !missing(midnight, now - 60s).empty(); ++runs) {
            if (restarts) restart();
            EXPECT_TRUE(tick(now));
            now = align_down(clock.now(), 60s) + 60s;
        }
        store.count_takes = 0s;
        if (restarts) restart();
        EXPECT_TRUE(tick(now));
        EXPECT_EQ(missing(midnight, now), std::vector<Timestamp>{});
        EXPECT_EQ(not_final(now - 4h), std::vector<Timestamp>{});
    }

    static constexpr Duration lateness{60'000};
    StoreIdentity identity{"County", "county-5m", {.pane = Duration{10'000}, .lateness = lateness}};
    weir::test::ManualClock clock{midnight};
    SlowStore store{identity, clock};
    Configuration configuration;
    std::unique_ptr<Handler> function;
};

TEST_F(AggregateOutage, every_run_ends_in_time_keeps_what_it_did_and_the_next_goes_on) {
    for (const bool restarts : {false, true}) {
        const Timestamp start = clock.now();
        ASSERT_TRUE(tick(start));
        store.count_takes = 3s;
        Timestamp now = start + 5h;
        std::size_t before = store.rows(always, 100'000)->size();
        int runs = 0;
        for (; !missing(start, now - 60s).empty() && runs < 100; ++runs) {
            if (restarts) restart();
            EXPECT_TRUE(tick(now));
            const std::size_t after = store.rows(always, 100'000)->size();
            EXPECT_TRUE(after >= before + 30 || missing(start, now).empty())
                << after - before << " of the 40 that there was time for";
            before = after;
            now = align_down(clock.now(), 60s) + 60s;
        }
        EXPECT_LE(runs, 10);
        store.count_takes = 0s;
        EXPECT_TRUE(tick(now));
        EXPECT_EQ(missing(start, now), std::vector<Timestamp>{});
        EXPECT_EQ(not_final(now - lateness), std::vector<Timestamp>{});
        clock.set(now + 24h);
        store.count_takes = 0s;
        for (int i = 0; i < 20; ++i)
            tick(clock.now());
    }
}

TEST_F(AggregateOutage, the_log_says_how_many_windows_are_left) {
    ASSERT_TRUE(tick(midnight));
    store.count_takes = 3s;
    testing::internal::CaptureStderr();
    EXPECT_TRUE(tick(midnight + 3h));
    const std::string log = testing::internal::GetCapturedStderr();
    const auto left = missing(midnight, midnight + 3h).size();
    EXPECT_GT(left, 100U);
    EXPECT_NE(log.find("windows left for the next run"), std::string::npos) << log;
    EXPECT_NE(log.find("windows=" + std::to_string(left)), std::string::npos) << log;
}

TEST_F(AggregateOutage, a_run_that_dies_has_kept_the_rows_before) {
    ASSERT_TRUE(tick(midnight));
    const Timestamp now = midnight + 3h;
    int counts = 0;
    store.count_fails = [&] { return ++counts > 10; };
    EXPECT_FALSE(tick(now));
    // The row of midnight became final, and nine are new.
    EXPECT_EQ(store.rows(always, 1'000)->size(), 10U);
    EXPECT_EQ((*store.latest_row())->window_end, midnight + 9min);
}

TEST_F(AggregateOutage, a_row_that_cannot_be_written_is_not_passed_over) {
    ASSERT_TRUE(tick(midnight));
    store.put_fails = [](const AggregateRow& row) { return row.window_end == midnight + 7min; };
    EXPECT_FALSE(tick(midnight + 30min));
    store.put_fails = [](const AggregateRow&) { return false; };
    EXPECT_TRUE(tick(midnight + 31min));
    EXPECT_EQ(missing(midnight, midnight + 31min), std::vector<Timestamp>{});
}

TEST_F(AggregateOutage, rows_that_were_not_final_become_so_over_several_runs) {
    finish_rows_after_outage(/*restarts=*/false);
}

TEST_F(AggregateOutage, rows_that_were_not_final_become_so_over_several_fresh_starts) {
    finish_rows_after_outage(/*restarts=*/true);
}

TEST_F(AggregateOutage, changed_windows_that_there_was_no_time_for_keep_their_marks) {
    for (Timestamp now = midnight; now <= midnight + 30min; now += 60s)
        ASSERT_TRUE(tick(now));
    const auto storing = make_handler("store", configuration, store, clock).value();
    for (int minute = 5; minute < 25; ++minute) {
        const std::string id = "late-" + std::to_string(minute);
        ASSERT_TRUE(storing->handle(
            {"r", test::sqs_event({{id,
                                    test::event_line(id, "Ulster",
                                                     format_rfc3339(midnight + std::chrono::minutes{minute})),
                                    clock.now()}})}));
    }
    store.count_takes = 3s;
    Timestamp now = midnight + 31min;
    for (int runs = 0; runs < 20 && !store.dirty_panes()->empty(); ++runs) {
        restart();
        EXPECT_TRUE(tick(now, 30s));
        now += 60s;
    }
    EXPECT_TRUE(store.dirty_panes()->empty());
    for (Timestamp end = midnight + 10min; end <= midnight + 25min; end += 60s)
        EXPECT_EQ((*store.row_at(end))->total, 5U) << format_rfc3339(end);
}

TEST_F(AggregateOutage, without_time_nothing_is_begun_and_that_is_no_failure) {
    ASSERT_TRUE(tick(midnight));
    EXPECT_TRUE(tick(midnight + 60s, 1s));
    EXPECT_EQ((*store.latest_row())->window_end, midnight);
}

}  // namespace
}  // namespace weir::lambda

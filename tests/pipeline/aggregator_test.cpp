#include "pipeline/aggregator.h"

#include <map>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "pipeline/gated_store.h"
#include "pipeline/make_batch.h"
#include "store/memory_store.h"
#include "support/manual_clock.h"

namespace weir {
namespace {

using test::GatedStore;
using test::make_batch;
using test::ManualClock;
using test::Reading;
using namespace std::chrono_literals;

constexpr Timestamp midnight = timestamp_from_ms(1'790'035'200'000);
static_assert(to_ms(midnight) % 86'400'000 == 0);

// A store, an aggregator over it in simulated time, and every event that was ever given to the store.
struct Bench {
    WindowSpec window;
    Duration settle{1s};
    Duration retention{24h};
    std::size_t max_rows = 5000;
    ManualClock clock{midnight};
    std::unique_ptr<Store> store;
    std::unique_ptr<Aggregator> aggregator;
    std::vector<Reading> sent;

    Bench() { open(); }
    explicit Bench(const WindowSpec& spec) : window(spec) { open(); }

    void open() {
        StoreIdentity identity;
        identity.view = "county-5m";
        identity.window = window;
        store = make_memory_store(identity);
        restart();
    }
    void restart() {
        aggregator = std::make_unique<Aggregator>(
            *store, clock, Aggregator::Options{"county-5m", window, settle, retention, max_rows});
    }
    void send(Timestamp ts, const std::string& key) { send({{fmt::format("e{}", sent.size()), ts, key}}); }
    void send(const std::vector<Reading>& readings) {
        Batch batch = make_batch(fmt::format("b{}", ++batches_), clock.now(), readings);
        const auto answers = store->commit({&batch, 1});
        ASSERT_TRUE(answers && answers->front());
        sent.insert(sent.end(), readings.begin(), readings.end());
    }
    std::size_t tick() {
        const auto written = aggregator->tick();
        EXPECT_TRUE(written) << written.error().message;
        return written.value_or(0);
    }
    std::size_t tick_at(Timestamp now) {
        clock.set(now);
        return tick();
    }
    std::optional<AggregateRow> row(Timestamp end) { return store->row_at(end).value(); }
    std::vector<AggregateRow> rows() {
        return store->rows({min_timestamp, max_timestamp}, 1'000'000).value();
    }

  private:
    int batches_ = 0;
};

TEST(Aggregator, writes_a_row_once_its_window_has_settled) {
    Bench bench;
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
    Bench bench;
    EXPECT_EQ(bench.tick_at(midnight + 90s), 1U);
    ASSERT_EQ(bench.rows().size(), 1U);
    EXPECT_EQ(bench.rows()[0].window_end, midnight + 60s);
    EXPECT_EQ(bench.rows()[0].total, 0U);
}

TEST(Aggregator, an_idle_stream_still_closes_its_windows) {
    Bench bench;
    bench.tick();
    for (int second = 1; second <= 301; ++second)
        bench.tick_at(midnight + second * 1s);
    ASSERT_EQ(bench.rows().size(), 7U);  // 23:59, 00:00 and the five minutes after
    for (const AggregateRow& row : bench.rows())
        EXPECT_EQ(row.total, 0U);
    EXPECT_EQ(bench.rows().back().window_end, midnight + 5min);
}

TEST(Aggregator, window_bounds_are_half_open) {
    Bench bench;
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
    Bench bench;
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
    Bench bench;
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
    Bench bench;
    bench.tick();
    bench.tick_at(midnight + 60s + 1s);
    bench.restart();
    bench.tick_at(midnight + 3h);
    for (const AggregateRow& row : bench.rows())
        EXPECT_EQ(row.final, row.window_end + 30s <= midnight + 3h) << format_rfc3339(row.window_end);
}

TEST(Aggregator, rows_missed_while_stopped_are_written_a_tick_at_a_time_up_to_retention) {
    Bench bench;
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
    Bench bench;
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
    Bench bench;
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
    Bench bench;
    bench.tick();
    bench.clock.set(midnight - 1h);
    bench.send(midnight - 1h, "Ulster");
    bench.tick();
    EXPECT_FALSE(bench.row(midnight - 59min)->final);
    bench.tick_at(midnight);
    EXPECT_TRUE(bench.row(midnight - 59min)->final);
}

TEST(Aggregator, the_direct_trigger_writes_a_row_of_its_own) {
    Bench bench;
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
    Bench bench;
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
    Bench bench;
    bench.clock.set(midnight + 1500ms);
    bench.send(midnight + 1400ms, "Delaware");
    EXPECT_EQ(bench.aggregator->live(std::nullopt)->window_end, midnight + 2s);
    EXPECT_EQ(bench.aggregator->live(std::nullopt)->total, 1U);
    EXPECT_EQ(bench.aggregator->live(midnight + 1s)->total, 0U);
    EXPECT_EQ(bench.aggregator->live(midnight + 1s + 5min)->total, 1U);
    EXPECT_EQ(bench.aggregator->live(midnight + 1ms).error().reason, "window-unaligned");
    EXPECT_TRUE(bench.rows().empty());
}

// Counts the events of a window one by one: the obvious twin of panes and sliding windows.
AggregateRow brute_force(const std::vector<Reading>& sent, Timestamp end, const WindowSpec& window) {
    AggregateRow row;
    for (const Reading& reading : sent)
        if (end - window.size <= reading.ts && reading.ts < end) {
            ++row.counts[reading.key];
            ++row.total;
        }
    return row;
}

WindowSpec any_window() {
    WindowSpec spec;
    spec.pane = *rc::gen::element(Duration{1000}, Duration{250}, Duration{10'000});
    spec.slide = spec.pane * *rc::gen::inRange(1, 6);
    spec.size = spec.slide + spec.pane * *rc::gen::inRange(0, 12);
    spec.lateness = Duration{*rc::gen::inRange(0, 8000)};
    return spec;
}

// Remembers what was seen of each row, and that nothing went back between two ticks.
class History {
  public:
    void look(Bench& bench) {
        for (const AggregateRow& row : bench.rows()) {
            const auto [it, fresh] = seen_.try_emplace(row.window_end, row);
            const AggregateRow before = std::exchange(it->second, row);
            if (fresh) {
                RC_ASSERT(row.revision == 0U);
                continue;
            }
            const bool same =
                before.counts == row.counts && before.total == row.total && before.late == row.late;
            RC_ASSERT(row.revision == before.revision + (same ? 0U : 1U));
            RC_ASSERT(row.final || !before.final);
            if (same && row.final == before.final) RC_ASSERT(row == before);
        }
    }

  private:
    std::map<Timestamp, AggregateRow> seen_;
};

// Ticks until nothing is left to do. A tick may do a part of it, or only read.
void rest(Bench& bench, History& history) {
    std::size_t idle = 0;
    while (idle <= 2 + bench.rows().size() / bench.max_rows) {
        const bool written = bench.tick() > 0;
        idle = written || !bench.store->dirty_panes()->empty() ? 0 : idle + 1;
        if (written) history.look(bench);
    }
}

TEST(Aggregator, at_rest_every_row_is_what_its_events_say) {
    EXPECT_TRUE(rc::check([] {
        Bench bench(any_window());
        bench.retention = 1h;
        bench.max_rows = *rc::gen::element<std::size_t>(2, 7, 5000);
        bench.restart();
        bench.clock.advance(Duration{*rc::gen::inRange(0, 20'000)});
        History history;
        const Timestamp first = bench.clock.now();
        const int steps = *rc::gen::inRange(1, 60);
        for (int step = 0; step < steps; ++step) {
            switch (*rc::gen::inRange(0, 8)) {
                case 0:
                case 1:
                    bench.clock.advance(Duration{*rc::gen::inRange(0, 3000)});
                    break;
                case 2:
                    bench.clock.advance(Duration{*rc::gen::inRange(0, 60'000)});
                    break;
                case 3:
                    bench.restart();
                    break;
                case 4:
                    bench.tick();
                    history.look(bench);
                    break;
                default: {
                    const Duration age{*rc::gen::element(0, 500, 3000, 20'000, 200'000)};
                    const Timestamp ts = bench.clock.now() - age + Duration{*rc::gen::inRange(-500, 500)};
                    bench.send(ts, *rc::gen::element<std::string>("Delaware", "Greene", "(blank)"));
                }
            }
        }
        rest(bench, history);

        const auto rows = bench.rows();
        const Timestamp now = bench.clock.now();
        const WindowSpec& window = bench.window;
        RC_ASSERT(!rows.empty());
        RC_ASSERT(bench.store->dirty_panes()->empty());
        for (const AggregateRow& row : rows) {
            const AggregateRow expected = brute_force(bench.sent, row.window_end, window);
            RC_ASSERT(row.counts == expected.counts);
            RC_ASSERT(row.total == expected.total);
            RC_ASSERT(row.final == (row.window_end + window.lateness <= now));
            RC_ASSERT(row.window_end.time_since_epoch() % window.slide == Duration::zero());
        }
        // No row is missing: from the first window the schedule saw on, and none that an event lies in.
        std::set<Timestamp> ends;
        for (const AggregateRow& row : rows)
            ends.insert(row.window_end);
        const Timestamp due = align_down(now - bench.settle, window.slide);
        RC_ASSERT(*ends.rbegin() == due);
        for (Timestamp end = align_up(first, window.slide); end <= due; end += window.slide)
            RC_ASSERT(ends.contains(end) || end < *ends.begin() ||
                      brute_force(bench.sent, end, window).total == 0);
        for (const Reading& reading : bench.sent)
            for (const Timestamp end : windows_covering(pane_of(reading.ts, window), due, window))
                RC_ASSERT(ends.contains(end));
    }));
}

}  // namespace
}  // namespace weir

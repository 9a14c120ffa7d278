// Rows at rest, and on the way there, against a twin that counts every window event by event.
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "pipeline/aggregator_bench.h"

namespace weir {
namespace {

using test::AggregatorBench;
using test::Reading;
using namespace std::chrono_literals;

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
    void look(AggregatorBench& bench) {
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
void rest(AggregatorBench& bench, History& history) {
    std::size_t idle = 0;
    while (idle <= 2 + bench.rows().size() / bench.max_rows) {
        const bool written = bench.tick() > 0;
        idle = written || !bench.store->dirty_panes()->empty() ? 0 : idle + 1;
        if (written) history.look(bench);
    }
}

TEST(Aggregator, at_rest_every_row_is_what_its_events_say) {
    EXPECT_TRUE(rc::check([] {
        AggregatorBench bench(any_window());
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

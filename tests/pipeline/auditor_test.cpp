#include "pipeline/auditor.h"

#include <algorithm>
#include <functional>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "pipeline/describe_audit.h"
#include "pipeline/sensor_world.h"
#include "pipeline/tampering_reader.h"

namespace weir {
namespace {

using test::describe;
using test::Sensed;
using test::SensorWorld;

constexpr Duration second{1000};
constexpr Duration minute{60'000};

// A reader in front of another that can be told what to do around each reading of panes, and to lie about
// panes and ledger.
class HookedReader final : public StoreReader {
  public:
    explicit HookedReader(StoreReader& inner) : inner_(inner) {}
    std::function<void(int reading)> before_panes, after_panes;  // readings count from 1
    std::function<void(int reading, std::vector<PaneCount>&)> lie;
    std::function<void(Ledger&)> ledger_lie;

    Result<WindowCounts> window_counts(TimeRange range) override { return inner_.window_counts(range); }
    Result<std::vector<PaneCount>> panes(TimeRange range) override {
        ++readings_;
        if (before_panes) before_panes(readings_);
        auto panes = inner_.panes(range);
        if (after_panes) after_panes(readings_);
        if (panes && lie) lie(readings_, *panes);
        return panes;
    }
    Result<ScanEnd> scan(const ScanRequest& request, const EventVisitor& visitor) override {
        ScanRequest wide = request;
        wide.range = {request.range.start - overshoot, request.range.end + overshoot};
        return inner_.scan(wide, visitor);
    }
    Duration overshoot{0};  // how far a scan goes beyond what was asked
    Result<std::optional<AggregateRow>> row_at(Timestamp end) override { return inner_.row_at(end); }
    Result<std::optional<AggregateRow>> row_of_run(const std::string& id) override {
        return inner_.row_of_run(id);
    }
    Result<std::optional<AggregateRow>> latest_row() override { return inner_.latest_row(); }
    Result<std::vector<AggregateRow>> rows(TimeRange ends, std::size_t limit) override {
        return inner_.rows(ends, limit);
    }
    Result<DeadLetterPage> dead_letters(TimeRange range, std::uint64_t after, std::size_t limit) override {
        return inner_.dead_letters(range, after, limit);
    }
    Result<Ledger> ledger() override {
        auto ledger = inner_.ledger();
        if (ledger && ledger_lie) ledger_lie(*ledger);
        return ledger;
    }

  private:
    StoreReader& inner_;
    int readings_ = 0;
};

// A world whose clock ran for a while with a producer and the schedule, from a whole hour on.
class Audit : public testing::Test {
  protected:
    static constexpr std::int64_t begin_ms = 1'790'002'800'000;  // 2026-09-21T15:00:00Z

    void live(int minutes, int events_a_minute = 60) {
        const Duration step = minute / events_a_minute;
        for (int i = 0; i < minutes; ++i, ++minutes_lived_) {
            const auto events =
                SensorWorld::make_run(fmt::format("m{}", minutes_lived_),
                                      static_cast<std::uint64_t>(events_a_minute), world.clock.now(), step);
            world.clock.advance(minute);
            world.send_all(events.front().id, events);
            tick();
        }
    }
    void tick() { ASSERT_TRUE(world.aggregator.tick().has_value()); }
    [[nodiscard]] TimeRange lived() const { return {begin, world.clock.now()}; }

    AuditReport audit_of(StoreReader& reader, TimeRange range, std::optional<Timestamp> kept_since = {}) {
        auto report = audit(reader, world.window, range, {}, kept_since);
        if (!report) throw std::runtime_error(report.error().message);
        return *report;
    }
    AuditReport audit_all() { return audit_of(*world.store, lived()); }

    const Timestamp begin = timestamp_from_ms(begin_ms);
    SensorWorld world{WindowSpec{}, begin};
    int minutes_lived_ = 0;
};

bool found(const AuditReport& report, const std::string& what, Timestamp at, const Key& key,
           std::uint64_t raw, std::uint64_t stored) {
    return std::any_of(report.first.begin(), report.first.end(), [&](const AuditDifference& d) {
        return d.what == what && d.at == at && d.key == key && d.raw == raw && d.stored == stored;
    });
}

TEST_F(Audit, passes_on_a_sound_store_and_says_what_it_looked_at) {
    live(130);
    std::vector<std::uint64_t> progress;
    const auto report =
        audit(*world.store, world.window, lived(), [&](std::uint64_t events) { progress.push_back(events); });
    ASSERT_TRUE(report.has_value()) << report.error().message;
    EXPECT_TRUE(report->passed()) << describe(*report);
    EXPECT_EQ(report->events, 130U * 60U);
    EXPECT_EQ(report->panes, 130U * 60U);  // an event a second
    // A tick writes the window that ended when its settling was over: at 15:01, 15:00 was the last; so to
    // 17:09, without those that begin before 15:00.
    EXPECT_EQ(report->rows, 125U);
    EXPECT_EQ(report->rows_pending, 0U);
    EXPECT_EQ(report->panes_moving, 0U);
    EXPECT_EQ(report->ledger.stored, 130U * 60U);
    ASSERT_FALSE(progress.empty());
    EXPECT_EQ(progress.back(), 130U * 60U);
}

TEST_F(Audit, skips_rows_that_reach_over_the_ends_of_the_range) {
    live(30);
    const AuditReport report = audit_of(*world.store, {begin + minute * 10, begin + minute * 20});
    EXPECT_TRUE(report.passed()) << describe(report);
    EXPECT_EQ(report.rows, 6U);          // 15:15 to 15:20
    EXPECT_EQ(report.rows_skipped, 8U);  // 15:11 to 15:14 and 15:21 to 15:24
    EXPECT_EQ(report.events, 600U);
}

TEST_F(Audit, looks_at_nothing_older_than_what_is_kept) {
    live(30);
    ASSERT_TRUE(world.store->drop_before(begin + minute * 12).has_value());
    EXPECT_FALSE(audit_all().passed());  // raw events of the block at the border outlive their panes
    const AuditReport report = audit_of(*world.store, lived(), begin + minute * 12 + Duration{1});
    EXPECT_TRUE(report.passed()) << describe(report);
    EXPECT_EQ(report.range.start, begin + minute * 12 + second);
    EXPECT_GT(report.events, 0U);
}

TEST_F(Audit, finds_an_event_lost_from_the_raw_events_in_its_pane_and_in_every_row) {
    live(20);
    Falsification lie;
    lie.victim = [](const RawEvent&) { return std::vector<RawEvent>{}; };
    const Sensed victim = SensorWorld::make_run("m10", 60, begin + minute * 10, second)[31];  // 15:10:31
    TamperingReader reader(*world.store, {victim.id, victim.ts, victim.county, ""}, lie);
    const AuditReport report = audit_of(reader, lived());
    EXPECT_EQ(report.differences, 1U + 5U) << describe(report);
    EXPECT_TRUE(found(report, "pane", victim.ts, victim.county, 0, 1)) << describe(report);
    for (int end = 11; end <= 15; ++end) {
        const auto row = world.store->row_at(begin + minute * end);
        const std::uint64_t stored = (*row)->counts.at(victim.county);
        EXPECT_TRUE(found(report, "row", begin + minute * end, victim.county, stored - 1, stored))
            << describe(report);
    }
}

TEST_F(Audit, finds_an_event_doubled_under_another_key) {
    live(20);
    const Sensed victim = SensorWorld::make_run("m10", 60, begin + minute * 10, second)[31];
    Falsification lie;
    lie.victim = [](const RawEvent& event) { return std::vector{event, with_key(event, "Elsewhere")}; };
    TamperingReader reader(*world.store, {victim.id, victim.ts, victim.county, ""}, lie);
    const AuditReport report = audit_of(reader, lived());
    EXPECT_EQ(report.differences, 1U + 5U + 1U) << describe(report);  // one event more than the ledger knows
    EXPECT_TRUE(found(report, "pane", victim.ts, "Elsewhere", 1, 0)) << describe(report);
    EXPECT_TRUE(found(report, "row", begin + minute * 12, "Elsewhere", 1, 0)) << describe(report);
}

TEST_F(Audit, finds_a_wrong_pane) {
    live(10);
    HookedReader reader(*world.store);
    reader.lie = [&](int, std::vector<PaneCount>& panes) {
        for (PaneCount& pane : panes)
            if (pane.pane == begin + second * 100) pane.count += 2;
    };
    const AuditReport report = audit_of(reader, lived());
    EXPECT_EQ(report.differences, 1U) << describe(report);
    EXPECT_EQ(report.first.at(0).stored, report.first.at(0).raw + 2);
}

TEST_F(Audit, finds_a_pane_that_has_no_raw_events_and_raw_events_without_a_pane) {
    live(10);
    HookedReader reader(*world.store);
    reader.lie = [&](int, std::vector<PaneCount>& panes) {
        std::erase_if(panes, [&](const PaneCount& pane) { return pane.pane == begin + second * 100; });
        for (PaneCount& pane : panes)
            if (pane.pane == begin + second * 200) pane.key = "Nowhere";
    };
    const AuditReport report = audit_of(reader, lived());
    EXPECT_EQ(report.differences, 3U) << describe(report);
    EXPECT_TRUE(found(report, "pane", begin + second * 200, "Nowhere", 0, 1)) << describe(report);
}

TEST_F(Audit, finds_every_kind_of_wrong_row) {
    live(20);
    const auto alter = [&](int end, const std::function<void(AggregateRow&)>& change) {
        AggregateRow row = **world.store->row_at(begin + minute * end);
        change(row);
        ASSERT_TRUE(world.store->put_rows({&row, 1}, {}).has_value());
    };
    alter(10, [](AggregateRow& row) { ++row.counts["Delaware"], ++row.total; });
    alter(11, [](AggregateRow& row) { ++row.total; });
    alter(12, [](AggregateRow& row) { row.counts["Nowhere"] = 0; });
    alter(13, [](AggregateRow& row) { row.window_start += Duration{1}; });
    alter(14, [](AggregateRow& row) { row.total -= row.counts.at("Essex"), row.counts.erase("Essex"); });
    const AuditReport report = audit_all();
    EXPECT_EQ(report.differences, 5U) << describe(report);
    EXPECT_EQ(report.first.at(1).note, "the counts sum to 300, not to the total");
    EXPECT_EQ(report.first.at(2).note, "the row holds a zero for 'Nowhere'");
    EXPECT_EQ(report.first.at(3).note, "the window is not 5m long");
    EXPECT_EQ(report.first.at(4).key, "Essex");
    EXPECT_EQ(report.first.at(4).stored, 0U);
}

TEST_F(Audit, a_row_that_waits_for_late_events_is_pending_until_it_is_rewritten) {
    live(20);
    world.send("late",
               {{"late-1", begin + minute * 10, "Ulster"}, {"late-2", begin + minute * 10 + second, "New"}});
    AuditReport report = audit_all();
    EXPECT_TRUE(report.passed()) << describe(report);
    EXPECT_EQ(report.rows_pending, 5U);
    tick();
    report = audit_all();
    EXPECT_TRUE(report.passed()) << describe(report);
    EXPECT_EQ(report.rows_pending, 0U);
}

TEST_F(Audit, a_pending_row_must_be_right_for_its_own_moment) {
    live(20);
    AggregateRow row = **world.store->row_at(begin + minute * 12);
    --row.counts.at("Ulster"), --row.total;  // one short, which the late event would hide
    ASSERT_TRUE(world.store->put_rows({&row, 1}, {}).has_value());
    world.send("late", {{"late-1", begin + minute * 10, "Essex"}});
    const AuditReport report = audit_all();
    EXPECT_EQ(report.rows_pending, 4U);
    EXPECT_EQ(report.differences, 1U) << describe(report);
    EXPECT_TRUE(found(report, "row", begin + minute * 12, "Ulster", row.counts.at("Ulster") + 1,
                      row.counts.at("Ulster")));
}

TEST_F(Audit, looks_again_at_panes_that_are_written_while_they_are_read) {
    live(5);
    HookedReader reader(*world.store);
    int sent = 0;
    reader.after_panes = [&](int reading) {
        if (reading > 2) return;  // before and after the first scan
        ++sent;
        world.send(fmt::format("busy-{}", sent),
                   {{fmt::format("busy-{}", sent), begin + second * 7, "Ulster"}});
    };
    const AuditReport report = audit_of(reader, lived());
    EXPECT_TRUE(report.passed()) << describe(report);
    EXPECT_EQ(report.panes_moving, 0U);
    EXPECT_EQ(report.events, 5U * 60U + 2U);
}

TEST_F(Audit, panes_that_never_rest_are_held_against_bounds) {
    live(5);
    const auto busy = [&](HookedReader& reader) {
        reader.after_panes = [this](int reading) {
            world.send(fmt::format("busy-{}", reading),
                       {{fmt::format("busy-{}", reading), begin + second * 7, "Ulster"}});
        };
    };
    HookedReader sound(*world.store);
    busy(sound);
    AuditReport report = audit_of(sound, lived());
    EXPECT_TRUE(report.passed()) << describe(report);
    EXPECT_EQ(report.panes_moving, 1U);

    HookedReader lying(*world.store);
    lying.after_panes = [this](int reading) {
        world.send(fmt::format("more-{}", reading),
                   {{fmt::format("more-{}", reading), begin + second * 7, "Ulster"}});
    };
    lying.lie = [&](int, std::vector<PaneCount>& panes) {
        for (PaneCount& pane : panes)
            if (pane.pane == begin + second * 7 && pane.key == "Ulster") pane.count += 5;
    };
    report = audit_of(lying, lived());
    EXPECT_EQ(report.differences, 1U) << describe(report);
}

TEST_F(Audit, a_store_may_show_its_panes_a_moment_after_its_events) {
    live(5);
    HookedReader reader(*world.store);
    reader.lie = [&](int reading, std::vector<PaneCount>& panes) {
        if (reading <= 2) panes.pop_back();
    };
    const AuditReport report = audit_of(reader, lived());
    EXPECT_TRUE(report.passed()) << describe(report);
}

TEST_F(Audit, panes_that_retention_drops_meanwhile_are_no_difference) {
    live(20);
    HookedReader reader(*world.store);
    reader.before_panes = [&](int reading) {
        if (reading != 2) return;
        EXPECT_TRUE(world.store->drop_before(begin + minute * 3).has_value());
    };
    const AuditReport report = audit_of(reader, lived());
    EXPECT_TRUE(report.passed()) << describe(report);
}

TEST_F(Audit, counts_only_the_range_though_a_scan_gives_more) {
    live(20);
    world.send("late", {{"late-1", begin + minute * 10, "Ulster"}});  // so that rows are scanned as well
    HookedReader reader(*world.store);
    reader.overshoot = minute;
    const AuditReport report = audit_of(reader, {begin + minute * 5, begin + minute * 15});
    EXPECT_TRUE(report.passed()) << describe(report);
    EXPECT_EQ(report.events, 601U);
    EXPECT_EQ(report.rows_pending, 5U);
}

TEST_F(Audit, the_ledger_must_balance_and_cover_what_is_stored) {
    live(3);
    HookedReader reader(*world.store);
    reader.ledger_lie = [](Ledger& ledger) { ++ledger.received; };
    EXPECT_FALSE(audit_of(reader, lived()).passed());
    reader.ledger_lie = [](Ledger& ledger) { --ledger.received, --ledger.stored; };
    const AuditReport report = audit_of(reader, lived());
    ASSERT_EQ(report.differences, 1U) << describe(report);
    EXPECT_TRUE(found(report, "ledger", begin, "", 180, 179));
}

TEST_F(Audit, refuses_a_range_that_is_unaligned_or_runs_backwards) {
    const auto reason = [&](TimeRange range) {
        const auto report = audit(*world.store, world.window, range, {});
        return report ? "" : report.error().reason;
    };
    EXPECT_EQ(reason({begin + Duration{1}, begin + second}), "range-unaligned");
    EXPECT_EQ(reason({begin, begin + Duration{1}}), "range-unaligned");
    EXPECT_EQ(reason({begin, begin - second}), "range-invalid");
    EXPECT_EQ(reason({begin, begin}), "");
}

TEST_F(Audit, lists_a_bounded_number_of_differences_and_counts_all) {
    live(10);
    HookedReader reader(*world.store);
    reader.lie = [](int, std::vector<PaneCount>& panes) {
        for (PaneCount& pane : panes)
            ++pane.count;
    };
    const AuditReport report = audit_of(reader, lived());
    EXPECT_EQ(report.differences, 600U);
    EXPECT_EQ(report.first.size(), 100U);
}

TEST_F(Audit, passes_again_and_again_while_producers_and_the_schedule_write) {
    live(10);
    const TimeRange range = lived();  // ends at a whole second, before the clock goes on by itself
    std::atomic<bool> stop = false;
    std::vector<std::jthread> writers;
    struct Stopper {
        std::atomic<bool>& stop;
        ~Stopper() { stop = true; }
    };
    const Stopper stopper{stop};  // whatever is thrown here
    for (int producer = 0; producer < 3; ++producer)
        writers.emplace_back([&, producer] {
            std::mt19937 random(static_cast<unsigned>(producer));
            for (int batch = 0; !stop && batch < 400; ++batch) {
                const Timestamp from = begin + second * static_cast<int>(random() % 590);
                world.send(
                    fmt::format("p{}-b{}", producer, batch),
                    SensorWorld::make_run(fmt::format("p{}.{}", producer, batch), 20, from, Duration{311}));
            }
        });
    writers.emplace_back([&] {
        for (; !stop; world.clock.advance(Duration{200}))
            EXPECT_TRUE(world.aggregator.tick().has_value());
    });
    for (int i = 0; i < 25; ++i) {
        const AuditReport report = audit_of(*world.store, range);
        EXPECT_TRUE(report.passed()) << describe(report);
    }
    stop = true;
    writers.clear();
    world.clock.advance(second);
    tick();
    const AuditReport report = audit_of(*world.store, range);
    EXPECT_TRUE(report.passed()) << describe(report);
    EXPECT_EQ(report.panes_moving, 0U);
    EXPECT_EQ(report.rows_pending, 0U);
}

}  // namespace
}  // namespace weir

#include "pipeline/verifier.h"

#include <random>
#include <thread>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "pipeline/sensor_world.h"
#include "pipeline/tampering_reader.h"
#include "pipeline/verifier_recount.h"

namespace weir {
namespace {

using test::Sensed;
using test::SensorWorld;

constexpr Duration second{1000};

Comparison compare(SensorWorld& world, StoreReader& reader, const ProducedRun& run,
                   std::function<void(AggregateRow&)> answer = {}) {
    const VerifyTarget truth = world.target();
    const VerifyTarget target{reader,
                              [&](const std::string& id, Timestamp at) {
                                  auto row = truth.aggregate(id, at);
                                  if (row && answer) answer(*row);
                                  return row;
                              },
                              world.window};
    const auto report = verify_run(target, run, "check", world.clock, {});
    if (!report) throw std::runtime_error(report.error().message);
    return report->comparison;
}

Comparison verify(SensorWorld& world, const ProducedRun& run) {
    return compare(world, *world.store, run);
}

bool speaks_of(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}
bool begins_with(const std::string& text, const std::string& part) {
    return text.starts_with(part);
}
std::string only_problem(const Comparison& comparison) {
    return comparison.problems.size() == 1 ? comparison.problems.front()
                                           : fmt::format("{} problems", comparison.problems.size());
}

TEST(Verifier, passes_on_what_was_produced_and_tells_its_steps) {
    SensorWorld world;
    const ProducedRun run = world.produce("r1", 500);
    std::vector<std::string> steps;
    const auto report = verify_run(world.target(), run, "v1", world.clock,
                                   [&](int step, const std::string& text, bool passed) {
                                       steps.push_back(fmt::format("{} {} {}", step, passed, text));
                                   });
    ASSERT_TRUE(report.has_value()) << report.error().message;
    EXPECT_TRUE(report->comparison.passed()) << report->comparison.likely_cause;
    EXPECT_EQ(report->comparison.likely_cause, "");
    EXPECT_EQ(report->row.run_id, "v1");
    EXPECT_EQ(report->row.total, 500U);
    std::map<std::string, std::uint64_t> by_hand;
    for (const Sensed& event : SensorWorld::make_run("r1", 500, run.first_ts, Duration{7}))
        ++by_hand[event.county.empty() ? "(blank)" : event.county];
    EXPECT_EQ(report->recount, KeyCounts(by_hand.begin(), by_hand.end()));
    EXPECT_GT(report->recount.at("(blank)"), 0U);
    ASSERT_EQ(steps.size(), 4U);
    for (int i = 0; i < 4; ++i)
        EXPECT_PRED2(begins_with, steps[static_cast<std::size_t>(i)], fmt::format("{} true ", i + 2));
}

TEST(Verifier, asks_for_the_window_that_ends_just_after_the_last_event) {
    for (const auto& [last, end] :
         {std::pair{1'790'000'000'999, 1'790'000'001'000}, {1'790'000'001'000, 1'790'000'002'000}}) {
        SensorWorld world({}, timestamp_from_ms(last));
        const ProducedRun run = world.produce("r1", 3, second);
        const auto report = verify_run(world.target(), run, "v1", world.clock, {});
        ASSERT_TRUE(report.has_value()) << report.error().message;
        EXPECT_EQ(to_ms(report->row.window_end), end);
        EXPECT_TRUE(report->comparison.passed());
    }
}

TEST(Verifier, passes_on_shuffled_late_and_repeated_batches_of_others) {
    SensorWorld world;
    const Timestamp now = world.clock.now();
    auto shuffled = SensorWorld::make_run("other", 600, now - std::chrono::minutes{6}, Duration{650});
    std::shuffle(shuffled.begin(), shuffled.end(),
                 std::mt19937{7});  // NOLINT(cert-msc51-cpp): the same every time
    world.send_all("other", shuffled);
    const ProducedRun run = world.produce("r1", 200);
    world.send_all("other", shuffled);                                // the same batches again
    world.send("again", {shuffled.begin(), shuffled.begin() + 100});  // the same events in another batch
    const Comparison comparison = verify(world, run);
    EXPECT_TRUE(comparison.passed()) << comparison.likely_cause;
    EXPECT_GT(comparison.expected_total, 600U);
}

TEST(Verifier, counts_the_lower_edge_in_and_the_upper_edge_out) {
    SensorWorld world;
    const ProducedRun run = world.produce("r1", 10);
    const Timestamp end = align_up(run.last_ts + Duration{1}, world.window.pane);
    const Timestamp start = end - world.window.size;
    world.send("edges", {{"e-before", start - Duration{1}, "Ulster"},
                         {"e-first", start, "Ulster"},
                         {"e-last", end - Duration{1}, "Ulster"},
                         {"e-after", end, "Ulster"}});
    const Comparison comparison = verify(world, run);
    EXPECT_TRUE(comparison.passed()) << comparison.likely_cause;
    EXPECT_EQ(comparison.expected_total, 12U);
}

TEST(Verifier, counts_only_the_window_though_a_scan_gives_more) {
    SensorWorld world;
    const ProducedRun run = world.produce("r1", 10);
    const Timestamp end = align_up(run.last_ts + Duration{1}, world.window.pane);
    const Timestamp start = end - world.window.size;
    // The run's own time reaches from before the window to after it, and so does the scan.
    world.send("r2",
               {{"r2-000001", start - Duration{1}, "Ulster"}, {"r2-000002", end - Duration{1}, "Ulster"}});
    world.send("edges", {{"e-first", start, "Ulster"}, {"e-after", end, "Ulster"}});
    const auto recount =
        recount_raw(*world.store, {start, end - Duration{1}}, {"r2", 2, start - Duration{1}, end}, 1'000);
    ASSERT_TRUE(recount.has_value());
    EXPECT_EQ(recount->total, 11U);
}

TEST(Verifier, looks_for_every_event_of_a_run_longer_than_the_window) {
    SensorWorld world;
    const ProducedRun run = world.produce("r1", 100, Duration{10'000});  // over 16 minutes
    const Comparison comparison = verify(world, run);
    EXPECT_TRUE(comparison.passed()) << comparison.likely_cause;
    EXPECT_LE(comparison.expected_total, 31U);

    const ProducedRun claimed{"r1", 101, run.first_ts, run.last_ts};  // one more than there are
    const Comparison missing = verify(world, claimed);
    EXPECT_EQ(missing.missing, 1U);
    EXPECT_EQ(missing.missing_ids, std::vector<std::string>{"r1-000101"});
    EXPECT_PRED2(speaks_of, missing.likely_cause, "data loss");
    EXPECT_PRED2(speaks_of, missing.likely_cause, "the row does not count them either");
}

TEST(Verifier, passes_while_other_producers_write) {
    SensorWorld world;
    std::atomic<bool> stop = false;
    std::vector<std::thread> producers;
    for (int producer = 0; producer < 4; ++producer)
        producers.emplace_back([&, producer] {
            const std::string name = fmt::format("p{}", producer);
            for (int batch = 0; !stop && batch < 200; ++batch) {
                const auto events = SensorWorld::make_run(fmt::format("{}.{}", name, batch), 40,
                                                          world.clock.now() - Duration{4000}, Duration{110});
                world.send(fmt::format("{}-b{}", name, batch), events);
            }
        });
    for (int round = 0; round < 20; ++round) {
        const ProducedRun run = world.produce(fmt::format("r{}", round), 50);
        const auto report = verify_run(world.target(), run, fmt::format("v{}", round), world.clock, {});
        ASSERT_TRUE(report.has_value()) << report.error().message;
        EXPECT_TRUE(report->comparison.passed()) << report->comparison.likely_cause;
        world.clock.advance(Duration{333});
    }
    stop = true;
    for (std::thread& producer : producers)
        producer.join();
}

TEST(Verifier, waits_for_a_store_whose_clock_is_behind) {
    SensorWorld world;
    const auto events = SensorWorld::make_run("r1", 10, world.clock.now() + second * 5, Duration{7});
    world.send_all("r1", events);
    const Comparison comparison = verify(world, {"r1", 10, events.front().ts, events.back().ts});
    EXPECT_TRUE(comparison.passed()) << comparison.likely_cause;
    EXPECT_GE(world.clock.now() + world.window.pane, events.back().ts);
}

TEST(Verifier, does_not_wait_for_ever) {
    SensorWorld world;
    const ProducedRun far{"r1", 1, world.clock.now() + std::chrono::hours{1},
                          world.clock.now() + std::chrono::hours{1}};
    std::vector<std::pair<int, bool>> steps;
    const auto report =
        verify_run(world.target(), far, "v1", world.clock,
                   [&](int step, const std::string&, bool passed) { steps.emplace_back(step, passed); });
    ASSERT_FALSE(report.has_value());
    EXPECT_EQ(report.error().reason, "window-in-future");
    EXPECT_EQ(steps, (std::vector<std::pair<int, bool>>{{2, false}}));
}

TEST(Verifier, refuses_to_prove_nothing) {
    SensorWorld world;
    const Timestamp now = world.clock.now();
    const auto reason = [&](const ProducedRun& run, const std::string& id) {
        const auto report = verify_run(world.target(), run, id, world.clock, {});
        return report ? "" : report.error().reason;
    };
    EXPECT_EQ(reason({"r1", 0, now, now}, "v1"), "nothing-produced");
    EXPECT_EQ(reason({"r1", 1, now, now - second}, "v1"), "run-invalid");
    EXPECT_EQ(reason({"not a run", 1, now, now}, "v1"), "run-id-invalid");
    EXPECT_EQ(reason({"r1", 1, now, now}, "v 1"), "run-id-invalid");
}

TEST(Verifier, does_not_pass_on_an_empty_store) {
    SensorWorld world;
    const Comparison comparison = verify(world, {"r1", 500, world.clock.now() - second, world.clock.now()});
    EXPECT_FALSE(comparison.passed());
    EXPECT_EQ(comparison.missing, 500U);
    EXPECT_EQ(comparison.missing_ids.size(), 100U);
    EXPECT_PRED2(speaks_of, comparison.likely_cause, "data loss");
}

TEST(Verifier, finds_events_of_the_run_that_were_never_produced_or_are_out_of_their_time) {
    SensorWorld world;
    ProducedRun run = world.produce("r1", 20);
    run.events = 19;
    EXPECT_PRED2(speaks_of, only_problem(verify(world, run)),
                 "r1-000020 is stored, but the run never produced it");
    run.events = 20;
    run.first_ts += Duration{1};
    EXPECT_PRED2(speaks_of, only_problem(verify(world, run)), "r1-000001 at");
}

// What a store does that takes `<=` for `<` at the upper edge, beside a busy neighbour.
TEST(Verifier, names_the_edge_and_the_event_when_the_row_counts_one_too_many_there) {
    SensorWorld world;
    const ProducedRun run = world.produce("r1", 100);
    const Timestamp end = align_up(run.last_ts + Duration{1}, world.window.pane);
    world.send("n", {{"n-at-the-edge", end, "Greene"},
                     {"n-later", end + Duration{3}, "Greene"},
                     {"n-later-2", end + Duration{4}, "Essex"}});
    const auto one_too_many = [](AggregateRow& row) { ++row.counts["Greene"], ++row.total; };
    Falsification lie;
    lie.row = one_too_many;
    TamperingReader reader(*world.store, {}, lie);
    const Comparison comparison = compare(world, reader, run, one_too_many);
    EXPECT_PRED2(speaks_of, comparison.likely_cause, "upper edge (" + format_rfc3339(end) + ")");
    EXPECT_PRED2(speaks_of, comparison.likely_cause, "n-at-the-edge ('Greene') at " + format_rfc3339(end));
}

TEST(Verifier, says_when_several_keys_are_wrong_in_both_directions) {
    SensorWorld world;
    const ProducedRun run = world.produce("r1", 100);
    const auto mixed = [](AggregateRow& row) {
        row.counts["Greene"] += 2, --row.counts["Ulster"], ++row.total;
    };
    Falsification lie;
    lie.row = mixed;
    TamperingReader reader(*world.store, {}, lie);
    const Comparison comparison = compare(world, reader, run, mixed);
    ASSERT_EQ(comparison.keys.size(), 2U);
    EXPECT_EQ(comparison.keys[0].key, "Greene");
    EXPECT_EQ(comparison.keys[0].actual, comparison.keys[0].expected + 2);
    EXPECT_EQ(comparison.keys[1].actual, comparison.keys[1].expected - 1);
    EXPECT_PRED2(speaks_of, comparison.likely_cause,
                 "the row lacks 1 event ('Ulster' (1)) and counts 2 events too many ('Greene' (2))");
}

TEST(Verifier, an_error_of_the_store_is_an_error_and_no_verdict) {
    class Broken final : public StoreReader {
      public:
        Broken(StoreReader& inner, int from_step) : inner_(inner), from_step_(from_step) {}
        Result<WindowCounts> window_counts(TimeRange range) override { return inner_.window_counts(range); }
        Result<std::vector<PaneCount>> panes(TimeRange range) override { return inner_.panes(range); }
        Result<ScanEnd> scan(const ScanRequest&, const EventVisitor&) override {
            return fail(ErrorCode::unreachable, "gone", "gone");
        }
        Result<std::optional<AggregateRow>> row_at(Timestamp end) override { return inner_.row_at(end); }
        Result<std::optional<AggregateRow>> row_of_run(const std::string& id) override {
            if (from_step_ <= 3) return fail(ErrorCode::unreachable, "gone", "gone");
            return inner_.row_of_run(id);
        }
        Result<std::optional<AggregateRow>> latest_row() override { return inner_.latest_row(); }
        Result<std::vector<AggregateRow>> rows(TimeRange ends, std::size_t limit) override {
            return inner_.rows(ends, limit);
        }
        Result<DeadLetterPage> dead_letters(TimeRange range, std::uint64_t after,
                                            std::size_t limit) override {
            return inner_.dead_letters(range, after, limit);
        }
        Result<Ledger> ledger() override { return inner_.ledger(); }

      private:
        StoreReader& inner_;
        int from_step_;
    };
    SensorWorld world;
    const ProducedRun run = world.produce("r1", 5);
    for (const int step : {3, 4}) {
        Broken broken(*world.store, step);
        int failed = 0;
        const auto report = verify_run(
            world.target_of(broken), run, "v1", world.clock,
            [&](int number, const std::string&, bool passed) { failed = passed ? failed : number; });
        ASSERT_FALSE(report.has_value());
        EXPECT_EQ(report.error().reason, "gone");
        EXPECT_EQ(failed, step);
    }
}

TEST(Verifier, any_change_to_the_row_is_noticed) {
    EXPECT_TRUE(rc::check([] {
        SensorWorld world;
        const auto count = *rc::gen::inRange<std::uint64_t>(1, 40);
        const ProducedRun run = world.produce("r1", count, Duration{*rc::gen::inRange(0, 20'000)});
        RC_ASSERT(verify(world, run).passed());
        const auto key = *rc::gen::elementOf(
            std::vector<std::string>{"Delaware", "Rensselear", "St. Lawrence", "(blank)", "New"});
        const auto by = *rc::gen::elementOf(std::vector<int>{-3, -1, 1, 2});
        const bool in_total = *rc::gen::arbitrary<bool>();
        const auto alter = [&](AggregateRow& row) {
            row.counts[key] += static_cast<std::uint64_t>(by);
            if (in_total) row.total += static_cast<std::uint64_t>(by);
        };
        Falsification lie;
        lie.row = alter;
        TamperingReader reader(*world.store, {}, lie);
        const Comparison comparison = compare(world, reader, run, alter);
        RC_ASSERT(!comparison.passed());
        RC_ASSERT(!comparison.likely_cause.empty());
    }));
}

}  // namespace
}  // namespace weir

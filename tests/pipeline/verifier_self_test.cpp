// The verification of the verification: it must catch every lie, and pass the truth.
#include <gtest/gtest.h>

#include "pipeline/sensor_world.h"
#include "pipeline/tampering_reader.h"
#include "pipeline/verifier.h"

namespace weir {
namespace {

using test::SensorWorld;

constexpr Duration second{1000};

std::vector<std::string> uncaught(const std::vector<TamperOutcome>& outcomes) {
    std::vector<std::string> names;
    for (const TamperOutcome& outcome : outcomes)
        if (!outcome.caught) names.push_back(outcome.name + ": " + outcome.diagnosis);
    return names;
}

std::vector<TamperOutcome> self_test(const VerifyTarget& target, const ProducedRun& run, Clock& clock) {
    auto outcomes = verify_self_test(target, run, clock);
    if (!outcomes) throw std::runtime_error(outcomes.error().message);
    return *outcomes;
}

TEST(VerifierSelfTest, catches_and_names_every_lie_and_passes_the_truth) {
    SensorWorld world;
    const auto outcomes = self_test(world.target(), world.produce("r1", 500, Duration{1}), world.clock);
    EXPECT_EQ(uncaught(outcomes), std::vector<std::string>{});
    EXPECT_GE(outcomes.size(), 20U);
    for (const TamperOutcome& outcome : outcomes)
        EXPECT_NE(outcome.diagnosis, "") << outcome.name;
}

TEST(VerifierSelfTest, holds_for_runs_of_every_length_and_beside_others) {
    for (const std::uint64_t count : {1U, 2U, 3U, 8U, 100U})
        for (const Duration step : {Duration{0}, Duration{1}, Duration{333}, Duration{9000}}) {
            SensorWorld world;
            world.send_all("other",
                           SensorWorld::make_run("other", 700, world.clock.now() - std::chrono::minutes{6},
                                                 Duration{617}));
            const auto outcomes = self_test(world.target(), world.produce("r1", count, step), world.clock);
            EXPECT_EQ(uncaught(outcomes), std::vector<std::string>{})
                << count << " events, " << step.count() << " ms apart";
        }
}

TEST(VerifierSelfTest, holds_for_a_run_alone_in_the_store) {
    for (const std::uint64_t count : {1U, 2U, 3U, 8U, 100U}) {
        SensorWorld world;
        const auto outcomes = self_test(world.target(), world.produce("r1", count, Duration{0}), world.clock);
        EXPECT_EQ(uncaught(outcomes), std::vector<std::string>{}) << count << " events";
    }
}

TEST(VerifierSelfTest, holds_with_ten_second_panes) {
    WindowSpec window;
    window.pane = second * 10;
    SensorWorld world(window);
    const auto outcomes = self_test(world.target(), world.produce("r1", 60), world.clock);
    EXPECT_EQ(uncaught(outcomes), std::vector<std::string>{});
}

// A verification that never passes would catch every lie: the control must give it away.
TEST(VerifierSelfTest, fails_when_the_truth_does_not_pass) {
    SensorWorld world;
    const ProducedRun run = world.produce("r1", 50);
    Falsification lie;
    lie.row = [](AggregateRow& row) { ++row.total; };
    TamperingReader reader(*world.store, {}, lie);
    const auto outcomes = self_test(world.target_of(reader), run, world.clock);
    ASSERT_FALSE(outcomes.empty());
    EXPECT_FALSE(outcomes.front().caught);
    EXPECT_NE(outcomes.front().diagnosis.find("does not pass"), std::string::npos)
        << outcomes.front().diagnosis;
}

TEST(VerifierSelfTest, says_when_the_run_is_not_stored) {
    SensorWorld world;
    const auto outcomes =
        verify_self_test(world.target(), {"r1", 5, world.clock.now(), world.clock.now()}, world.clock);
    ASSERT_FALSE(outcomes.has_value());
    EXPECT_EQ(outcomes.error().reason, "run-not-stored");
}

}  // namespace
}  // namespace weir

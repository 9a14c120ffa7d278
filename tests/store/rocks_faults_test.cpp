// What the embedded store does when the disk fails or the power is cut, at every step of a run.
#include <gtest/gtest.h>

#include "batches.h"
#include "faulty_file_system.h"
#include "harness.h"

namespace weir::test {
namespace {

using Fault = FaultyFileSystem::Fault;

struct Scenario {
    Fault fault = Fault::io_error;
    bool for_good = false;
    bool power_cut = false;
    Bytes write_buffer = 32_MiB;
};

constexpr int groups = 5;

// Small batches, a repeated one, a large one, rejected lines, duplicates of the group before.
std::vector<Batch> group(int number) {
    const Timestamp now = at(3600);
    const auto id = [&](const std::string& name) { return name + std::to_string(number); };
    const auto first = static_cast<std::uint64_t>(number) * 1000 + 1001;
    BatchMaker small(id("small"), now), large(id("large"), now);
    small.add({format_event_id("run", first), now})
        .add({format_event_id("run", first - 900), now})
        .reject("bad");
    for (std::uint64_t i = 0; i < 500; ++i)
        large.add({format_event_id("run", first + 100 + i), now + Duration{static_cast<std::int64_t>(i) * 10},
                   "K" + std::to_string(i % 7)});
    return {small.make(), large.make(), small.make()};
}

// Each group stores its own 501 events. The 502nd is the first of the large batch of the group before: a
// duplicate but in the first group, before which there is none.
constexpr std::uint64_t stored_by_group = 501;
std::uint64_t duplicates_of(int number) {
    return number == 0 ? 0 : 1;
}

class Machine {
  public:
    Machine() : env_(rocksdb::NewCompositeEnv(disk)) {}
    Result<std::unique_ptr<Store>> open(const Scenario& scenario) {
        RocksOptions options;
        options.folder = folder_.path() / "data";
        options.identity = test_identity();
        options.env = env_.get();
        options.write_buffer = scenario.write_buffer;
        return open_rocks_store(options, clock_);
    }
    std::shared_ptr<FaultyFileSystem> disk = std::make_shared<FaultyFileSystem>();

  private:
    std::unique_ptr<rocksdb::Env> env_;
    TemporaryFolder folder_;
    ManualClock clock_{at(3600)};
};

void expect_failed(const Error& error, Fault fault) {
    EXPECT_EQ(error.code, ErrorCode::storage) << error.message;
    // A disk that was full may be reported as failed by what depends on the write that was refused.
    const bool named =
        error.reason == "storage-failed" || (fault == Fault::no_space && error.reason == "disk-full");
    EXPECT_TRUE(named) << error.message;
    EXPECT_FALSE(error.hint.empty());
}

// Commits groups until one fails; returns how many were acknowledged.
int commit_until_failure(Store& store, const Scenario& scenario) {
    for (int number = 0; number < groups; ++number) {
        std::vector<Batch> batches = group(number);
        const auto answers = store.commit(batches);
        if (answers) continue;
        expect_failed(answers.error(), scenario.fault);
        std::vector<Batch> next = group(number + 1);
        const auto after = store.commit(next);
        EXPECT_FALSE(after.has_value()) << "a store that failed takes no more";
        EXPECT_FALSE(store.put_rows(std::vector<AggregateRow>(1), {}).has_value());
        return number;
    }
    return groups;
}

// Everything is sent again, as a producer does that got no answer, and must be there exactly once.
void expect_whole_after_retry(Store& store, int acknowledged) {
    const auto before = store.ledger();
    ASSERT_TRUE(before.has_value());
    EXPECT_TRUE(before->balances());
    EXPECT_GE(before->stored, stored_by_group * static_cast<std::uint64_t>(acknowledged));
    EXPECT_EQ(before->stored % stored_by_group, before->stored == 0 ? 0U : 1U)
        << "a group is there as a whole or not at all";
    for (int number = 0; number < groups; ++number) {
        std::vector<Batch> batches = group(number);
        const auto answers = store.commit(batches);
        ASSERT_TRUE(answers.has_value()) << answers.error().message;
        EXPECT_TRUE(number >= acknowledged || answers->at(0)->replayed) << "what was acknowledged is there";
        EXPECT_EQ(answers->at(0)->replayed, answers->at(1)->replayed);
        EXPECT_EQ(answers->at(0)->stored, 2 - duplicates_of(number));
        EXPECT_EQ(answers->at(1)->stored, 500U);
        EXPECT_TRUE(answers->at(2)->replayed);
    }
    std::map<std::string, int> seen;
    const TimeRange all{at(0), at(10'000)};
    ASSERT_TRUE(store
                    .scan({all, {}, {}},
                          [&](const EventView& event) {
                              ++seen[std::string(event.event_id)];
                              return Visit::next;
                          })
                    .has_value());
    for (const auto& [id, times] : seen)
        EXPECT_EQ(times, 1) << id;
    EXPECT_EQ(store.window_counts(all)->total, seen.size());
    EXPECT_EQ(store.ledger()->stored, seen.size());
    EXPECT_TRUE(store.ledger()->balances());
    EXPECT_EQ(store.dead_letters(all, 0, 1000)->letters.size(), static_cast<std::size_t>(groups));
}

// Fails at the k-th step of a run; false when the run has fewer steps.
bool run(std::uint64_t k, const Scenario& scenario, bool while_opening) {
    SCOPED_TRACE("step " + std::to_string(k));
    Machine machine;
    bool reached = false;
    int acknowledged = 0;
    {
        if (while_opening) machine.disk->fail_at(k, scenario.fault, scenario.for_good);
        auto store = machine.open(scenario);
        if (!while_opening) machine.disk->fail_at(k, scenario.fault, scenario.for_good);
        EXPECT_TRUE(while_opening || store.has_value());
        if (store && !while_opening) acknowledged = commit_until_failure(**store, scenario);
        reached = machine.disk->failed();
        // Without a power cut the process dies and the disk is well again; with it, nothing more reaches the
        // disk.
        if (scenario.power_cut) machine.disk->fail_at(1, Fault::io_error, true);
    }
    machine.disk->heal();
    if (scenario.power_cut) machine.disk->lose_unsynced();
    auto store = machine.open(scenario);
    EXPECT_TRUE(store.has_value()) << (store ? "" : store.error().message);
    if (store) expect_whole_after_retry(**store, acknowledged);
    return reached;
}

void run_all(const Scenario& scenario, bool while_opening = false) {
    constexpr std::uint64_t most = 200;
    std::uint64_t k = 1;
    while (k <= most && run(k, scenario, while_opening) && !testing::Test::HasFatalFailure())
        ++k;
    EXPECT_GT(k, 5U) << "faults were injected";
    EXPECT_LE(k, most) << "every step was reached";
}

TEST(RocksFaults, a_failed_write_fails_its_group_and_a_retry_counts_once) {
    run_all({Fault::io_error, false, false});
}
TEST(RocksFaults, a_disk_that_fails_for_good_and_a_power_cut) {
    run_all({Fault::io_error, true, true});
}
TEST(RocksFaults, a_full_disk_is_named_and_survived) {
    run_all({Fault::no_space, true, false});
}
TEST(RocksFaults, what_was_not_synced_was_not_acknowledged) {
    run_all({Fault::io_error, false, true});
}
TEST(RocksFaults, a_failure_while_the_store_is_made_is_no_obstacle_later) {
    run_all({Fault::io_error, true, true}, true);
}

// A buffer so small that every commit makes RocksDB write its tables too. After a failure there it waits for
// seconds before it can be closed, so only some steps are tried.
TEST(RocksFaults, a_failure_in_the_background_stops_the_store_too) {
    for (std::uint64_t k = 3; k < 110; k += 13)
        run(k, {Fault::io_error, true, true, 64_KiB}, false);
    for (std::uint64_t k = 7; k < 90; k += 40)
        run(k, {Fault::no_space, true, true, 64_KiB}, false);
}

TEST(RocksFaults, a_disk_full_is_called_so) {
    Machine machine;
    auto store = machine.open({});
    ASSERT_TRUE(store.has_value());
    machine.disk->fail_at(1, Fault::no_space, true);
    std::vector<Batch> batches = group(0);
    const auto answers = (*store)->commit(batches);
    ASSERT_FALSE(answers.has_value());
    EXPECT_EQ(answers.error().reason, "disk-full");
}

}  // namespace
}  // namespace weir::test

// event_ids that are not of weir's own form, told apart across batches by the embedded store.
#include <gtest/gtest.h>

#include "batches.h"
#include "harness.h"

namespace weir::test {
namespace {

constexpr Duration minute{std::chrono::minutes{1}};

class RocksIds : public testing::Test {
  protected:
    // Opens the store anew, as after a restart.
    Result<void> open(Duration horizon, std::uint64_t most = 1000) {
        store_.reset();
        RocksOptions options;
        options.folder = folder_.path() / "data";
        options.identity = test_identity();
        options.deduplicate_ids = horizon;
        options.deduplicate_ids_max = most;
        auto opened = open_rocks_store(options, clock_);
        if (!opened) return fail(opened.error());
        store_ = std::move(*opened);
        return {};
    }
    void reopen(Duration horizon, std::uint64_t most = 1000) {
        const auto opened = open(horizon, most);
        ASSERT_TRUE(opened) << opened.error().message;
    }

    BatchMaker batch(const std::string& id, LineFormat format = LineFormat::ndjson) const {
        return {id, clock_.now(), format};
    }
    // Adds an event with this id that has happened now.
    TestEvent event(const std::string& id) const { return {id, clock_.now()}; }
    Batch batch_of(const std::string& batch_id, const std::vector<std::string>& ids) const {
        BatchMaker maker = batch(batch_id);
        for (const std::string& id : ids)
            maker.add(event(id));
        return maker.make();
    }

    Result<Verdict> try_commit(const Batch& batch) {
        std::vector<Batch> group{batch};
        auto answers = store_->commit(group);
        EXPECT_TRUE(answers) << answers.error().message;
        return answers ? answers->at(0) : fail(answers.error());
    }
    // {stored, duplicates}
    std::pair<std::uint64_t, std::uint64_t> commit(const Batch& batch) {
        const auto verdict = try_commit(batch);
        EXPECT_TRUE(verdict) << verdict.error().message;
        if (!verdict) return {};
        EXPECT_EQ(verdict->received, verdict->stored + verdict->duplicates + verdict->rejected);
        return {verdict->stored, verdict->duplicates};
    }
    std::vector<std::string> stored_ids() {
        std::vector<std::string> found;
        const auto end = store_->scan({all_, {}, {}}, [&](const EventView& event) {
            found.emplace_back(event.event_id);
            return Visit::next;
        });
        EXPECT_TRUE(end) << end.error().message;
        EXPECT_EQ(store_->window_counts(all_)->total, found.size());
        EXPECT_EQ(store_->ledger()->stored, found.size());
        EXPECT_TRUE(store_->ledger()->balances());
        return found;
    }

    using Ids = std::vector<std::string>;
    using Outcome = std::pair<std::uint64_t, std::uint64_t>;
    const TimeRange all_{at(0), at(100'000)};
    ManualClock clock_{at(3600)};
    std::unique_ptr<Store> store_;

  private:
    TemporaryFolder folder_;
};

TEST_F(RocksIds, without_the_option_an_id_stands_for_one_event_in_each_batch) {
    reopen(Duration::zero());
    EXPECT_EQ(commit(batch_of("b1", {"probe:1", "probe:1"})), Outcome(2, 0));
    EXPECT_EQ(commit(batch_of("b2", {"probe:1", "run-1"})), Outcome(2, 0));
    EXPECT_EQ(commit(batch_of("b3", {"probe:1", "run-1"})), Outcome(1, 1));
    EXPECT_EQ(store_->remembered_ids(), 0U);
}

TEST_F(RocksIds, the_same_id_in_another_batch_or_twice_in_one_is_a_duplicate) {
    reopen(10 * minute);
    EXPECT_EQ(commit(batch_of("b1", {"probe:1", "probe:2", "probe:1"})), Outcome(2, 1));
    EXPECT_EQ(commit(batch_of("b2", {"probe:3", "probe:2"})), Outcome(1, 1));
    EXPECT_EQ(commit(batch_of("b3", {"probe:3", "probe:1"})), Outcome(0, 2));
    std::vector<Batch> group{batch_of("b4", {"probe:4"}), batch_of("b5", {"probe:4"})};
    const auto answers = store_->commit(group);
    ASSERT_TRUE(answers);
    EXPECT_EQ(answers->at(0)->stored, 1U);
    EXPECT_EQ(answers->at(1)->duplicates, 1U) << "in one group";
    EXPECT_EQ(stored_ids(), (Ids{"probe:1", "probe:2", "probe:3", "probe:4"}));
    EXPECT_EQ(store_->remembered_ids(), 4U);
}

TEST_F(RocksIds, a_batch_that_comes_again_is_answered_as_ever) {
    reopen(10 * minute);
    const Batch first = batch_of("b1", {"probe:1", "probe:1"});
    EXPECT_EQ(commit(first), Outcome(1, 1));
    const auto again = try_commit(first);
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->replayed);
    EXPECT_EQ(again->stored, 1U);
    EXPECT_EQ(again->duplicates, 1U);
}

TEST_F(RocksIds, ids_of_both_forms_in_one_batch_keep_their_order) {
    reopen(10 * minute);
    EXPECT_EQ(commit(batch_of("b1", {"run-1", "probe:1", "run-2", "probe:2"})), Outcome(4, 0));
    EXPECT_EQ(commit(batch_of("b2", {"probe:3", "run-2", "probe:2", "run-3", "probe:1", "run-1", "probe:4"})),
              Outcome(3, 4));
    EXPECT_EQ(stored_ids(), (Ids{"run-1", "probe:1", "run-2", "probe:2", "probe:3", "run-3", "probe:4"}));
}

TEST_F(RocksIds, lines_of_csv_and_large_batches_with_a_block_of_their_own_have_ids_too) {
    reopen(10 * minute);
    EXPECT_EQ(commit(batch("b1", LineFormat::csv).add(event("probe:1")).add(event("probe:2")).make()),
              Outcome(2, 0));
    BatchMaker large = batch("b2");
    large.add(event("probe:2"));
    for (int i = 10; i < 1000; ++i)
        large.add(event("probe:" + std::to_string(i)));
    Batch prepared = large.make();
    store_->prepare(prepared);
    EXPECT_TRUE(prepared.prepared);
    EXPECT_EQ(commit(prepared), Outcome(990, 1));
    reopen(10 * minute);
    EXPECT_EQ(store_->remembered_ids(), 992U);
    EXPECT_EQ(commit(batch("b3", LineFormat::csv).add(event("probe:500")).add(event("probe:1")).make()),
              Outcome(0, 2));
}

TEST_F(RocksIds, hashes_that_came_with_the_batch_are_used) {
    reopen(10 * minute);
    EXPECT_EQ(commit(batch_of("b1", {"probe:1"})), Outcome(1, 0));
    Batch hashed = batch_of("b2", {"run-1", "probe:1", "probe:2"});
    hashed.foreign_ids = {hash128("probe:1"), hash128("probe:2")};
    EXPECT_EQ(commit(hashed), Outcome(2, 1));
}

TEST_F(RocksIds, what_was_received_within_the_horizon_is_known_after_a_restart) {
    reopen(10 * minute);
    EXPECT_EQ(commit(batch_of("b1", {"probe:1", "run-1"})), Outcome(2, 0));
    clock_.set(at(3600) + 5 * minute);
    EXPECT_EQ(commit(batch_of("b2", {"probe:2"})), Outcome(1, 0));
    clock_.set(at(3600) + 10 * minute);
    reopen(10 * minute);
    EXPECT_EQ(store_->remembered_ids(), 2U);
    EXPECT_EQ(commit(batch_of("b3", {"probe:1", "probe:2", "run-1"})), Outcome(0, 3));
    clock_.set(at(3600) + 12 * minute);
    reopen(10 * minute);
    EXPECT_EQ(store_->remembered_ids(), 1U) << "the first has left its horizon";
    EXPECT_EQ(commit(batch_of("b4", {"probe:1", "probe:2", "run-1"})), Outcome(1, 2));
}

TEST_F(RocksIds, batches_that_share_a_block_are_all_read_back) {
    reopen(10 * minute);
    std::vector<Batch> group{batch_of("b1", {"probe:1", "probe:2"}),
                             batch("b2", LineFormat::csv).add(event("probe:3")).make(),
                             batch_of("b3", {"probe:longer:4"})};
    ASSERT_TRUE(store_->commit(group));
    reopen(10 * minute);
    EXPECT_EQ(store_->remembered_ids(), 4U);
    EXPECT_EQ(commit(batch_of("b4", {"probe:1", "probe:2", "probe:3", "probe:longer:4", "probe:5"})),
              Outcome(1, 4));
}

TEST_F(RocksIds, a_restart_looks_behind_a_batch_that_was_overtaken) {
    reopen(10 * minute);
    const Batch early = batch_of("b1", {"probe:1"});
    clock_.set(at(3600) + Duration{30'000});
    EXPECT_EQ(commit(batch_of("b2", {"probe:2"})), Outcome(1, 0));
    EXPECT_EQ(commit(early), Outcome(1, 0));
    clock_.set(at(3600) + 10 * minute + Duration{15'000});
    reopen(10 * minute);
    EXPECT_EQ(commit(batch_of("b3", {"probe:2", "probe:1"})), Outcome(1, 1));
    EXPECT_EQ(stored_ids().back(), "probe:1");
}

TEST_F(RocksIds, blocks_from_before_the_clock_was_set_back_hold_no_room_for_ever) {
    reopen(10 * minute, 2);
    clock_.set(at(7200));
    EXPECT_EQ(commit(batch_of("b1", {"probe:1", "probe:2"})), Outcome(2, 0));
    clock_.set(at(3600));
    reopen(10 * minute, 2);
    clock_.set(at(3600) + 12 * minute);
    EXPECT_EQ(commit(batch_of("b2", {"probe:3"})), Outcome(1, 0));
}

TEST_F(RocksIds, switched_on_later_it_knows_what_was_stored_before) {
    reopen(Duration::zero());
    EXPECT_EQ(commit(batch_of("b1", {"probe:1", "probe:1"})), Outcome(2, 0));
    reopen(10 * minute);
    EXPECT_EQ(commit(batch_of("b2", {"probe:1"})), Outcome(0, 1));
}

TEST_F(RocksIds, an_id_is_new_again_after_the_horizon) {
    reopen(10 * minute);
    EXPECT_EQ(commit(batch_of("b1", {"probe:1"})), Outcome(1, 0));
    clock_.set(at(3600) + 10 * minute);
    EXPECT_EQ(commit(batch_of("b2", {"probe:1"})), Outcome(0, 1));
    clock_.set(at(3600) + 10 * minute + Duration{1001});
    EXPECT_EQ(commit(batch_of("b3", {"probe:1"})), Outcome(1, 0));
    EXPECT_EQ(commit(batch_of("b4", {"probe:1"})), Outcome(0, 1));
}

TEST_F(RocksIds, at_the_cap_a_batch_is_refused_and_leaves_no_trace) {
    reopen(10 * minute, 3);
    EXPECT_EQ(commit(batch_of("b1", {"probe:1", "probe:2"})), Outcome(2, 0));
    const Ledger before = *store_->ledger();
    const auto too_many = [&] {
        return batch("b2")
            .add(event("probe:3"))
            .add(event("probe:4"))
            .add(event("run-7"))
            .reject("no event")
            .make();
    };
    std::vector<Batch> group{too_many(), batch_of("b3", {"probe:2", "run-8"})};
    const auto answers = store_->commit(group);
    ASSERT_TRUE(answers);
    ASSERT_FALSE(answers->at(0));
    EXPECT_EQ(answers->at(0).error().code, ErrorCode::overloaded);
    EXPECT_EQ(answers->at(0).error().reason, "ids-full");
    EXPECT_TRUE(answers->at(1)) << "the others of its group are stored";
    Ledger expected = before;
    expected.received += 2;
    expected.stored += 1;
    expected.duplicates += 1;
    expected.batches += 1;
    EXPECT_EQ(*store_->ledger(), expected);
    EXPECT_TRUE(store_->dead_letters(all_, 0, 10)->letters.empty());
    EXPECT_EQ(store_->remembered_ids(), 2U);
    EXPECT_EQ(stored_ids(), (Ids{"probe:1", "probe:2", "run-8"}));
    // Sent again when there is room: every part of it is new.
    clock_.set(at(3600) + 12 * minute);
    EXPECT_EQ(commit(too_many()), Outcome(3, 0));
    EXPECT_EQ(stored_ids(), (Ids{"probe:1", "probe:2", "run-8", "probe:3", "probe:4", "run-7"}));
    EXPECT_EQ(store_->dead_letters(all_, 0, 10)->letters.size(), 1U);
}

TEST_F(RocksIds, more_ids_than_may_be_remembered_are_no_reason_to_forget_some_at_a_restart) {
    reopen(10 * minute);
    EXPECT_EQ(commit(batch_of("b1", {"probe:1", "probe:2", "probe:3"})), Outcome(3, 0));
    const auto opened = open(10 * minute, 2);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::usage);
    EXPECT_EQ(opened.error().reason, "too-many-ids");
    EXPECT_NE(opened.error().hint.find("--deduplicate-ids-max"), std::string::npos);
    reopen(10 * minute, 3);
    clock_.set(at(3600) + 11 * minute);
    reopen(10 * minute, 2);
    EXPECT_EQ(store_->remembered_ids(), 0U);
}

}  // namespace
}  // namespace weir::test

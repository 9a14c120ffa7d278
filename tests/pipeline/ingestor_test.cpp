#include "pipeline/ingestor.h"

#include <future>
#include <random>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

#include "pipeline/gated_store.h"
#include "pipeline/make_batch.h"
#include "store/memory_store.h"

namespace weir {
namespace {

using test::GatedStore;
using test::make_batch;

constexpr Timestamp noon = timestamp_from_ms(1'790'000'000'000);

Batch one_event(const std::string& id) {
    return make_batch(id, noon, {{id + "-e", noon, "Delaware"}});
}

// The answers of many submits: each must come exactly once.
class Answers {
  public:
    Ingestor::Answer take() {
        const std::lock_guard lock(mutex_);
        const std::size_t index = counts_.size();
        counts_.push_back(0);
        results_.emplace_back(fail(ErrorCode::internal, "unanswered", "no answer came"));
        return [this, index](Result<Verdict> result) {
            const std::lock_guard inner(mutex_);
            ++counts_[index];
            results_[index] = std::move(result);
        };
    }
    [[nodiscard]] bool each_once() const {
        const std::lock_guard lock(mutex_);
        return std::all_of(counts_.begin(), counts_.end(), [](int n) { return n == 1; });
    }
    [[nodiscard]] std::vector<Result<Verdict>> results() const {
        const std::lock_guard lock(mutex_);
        return results_;
    }
    [[nodiscard]] std::size_t with(ErrorCode code) const {
        std::size_t n = 0;
        for (const auto& result : results())
            n += !result && result.error().code == code ? 1 : 0;
        return n;
    }
    [[nodiscard]] std::size_t good() const {
        std::size_t n = 0;
        for (const auto& result : results())
            n += result ? 1 : 0;
        return n;
    }

  private:
    mutable std::mutex mutex_;
    std::vector<int> counts_;
    std::vector<Result<Verdict>> results_;
};

struct IngestorTest : testing::Test {
    GatedStore store{make_memory_store(StoreIdentity{})};
    Answers answers;
    std::atomic<int> failures = 0;
    std::function<void(const Error&)> on_failure = [this](const Error&) { ++failures; };

    void hold(Ingestor& ingestor) {  // one batch in the store, at the closed gate
        store.close_gate();
        ingestor.submit(one_event("held"), answers.take());
        store.wait_for_commit();
    }
};

TEST_F(IngestorTest, answers_with_the_verdict_of_the_store) {
    Ingestor ingestor(store, {}, on_failure);
    std::promise<Result<Verdict>> promise;
    ingestor.submit(one_event("b1"), [&](Result<Verdict> verdict) { promise.set_value(std::move(verdict)); });
    const auto verdict = promise.get_future().get();
    ASSERT_TRUE(verdict) << verdict.error().message;
    EXPECT_EQ(verdict->batch_id, "b1");
    EXPECT_EQ(verdict->stored, 1U);
}

TEST_F(IngestorTest, what_arrives_during_a_commit_is_committed_together) {
    Ingestor ingestor(store, {.max_group = 4}, on_failure);
    hold(ingestor);
    for (int i = 0; i < 6; ++i)
        ingestor.submit(one_event(fmt::format("b{}", i)), answers.take());
    EXPECT_EQ(answers.good(), 0U) << "no answer may come before the commit";
    store.open_gate();
    ingestor.drain();
    EXPECT_EQ(store.group_sizes(), (std::vector<std::size_t>{1, 4, 2}));
    EXPECT_EQ(answers.good(), 7U);
    EXPECT_TRUE(answers.each_once());
    EXPECT_EQ(ingestor.counters().commits, 3U);
}

TEST_F(IngestorTest, a_group_is_bounded_by_its_text_too) {
    const std::uint64_t size = one_event("b0").text.size();
    Ingestor ingestor(store, {.max_group_text = {2 * size}}, on_failure);
    hold(ingestor);
    for (int i = 0; i < 3; ++i)
        ingestor.submit(one_event(fmt::format("b{}", i)), answers.take());
    store.open_gate();
    ingestor.drain();
    EXPECT_EQ(store.group_sizes(), (std::vector<std::size_t>{1, 2, 1}));
}

TEST_F(IngestorTest, refuses_at_once_when_the_queue_is_full) {
    Ingestor ingestor(store, {.max_queued_batches = 3}, on_failure);
    hold(ingestor);
    for (int i = 0; i < 5; ++i)
        ingestor.submit(one_event(fmt::format("b{}", i)), answers.take());
    EXPECT_EQ(answers.with(ErrorCode::overloaded), 3U);  // one is being committed, two wait
    EXPECT_EQ(ingestor.counters().queued_batches, 3U);
    store.open_gate();
    ingestor.drain();
    EXPECT_EQ(answers.good(), 3U);
    EXPECT_EQ(ingestor.counters().queued_batches, 0U);
    EXPECT_EQ(ingestor.counters().queued_bytes, 0U);
}

TEST_F(IngestorTest, the_queue_is_bounded_by_bytes_but_takes_one_batch_of_any_size) {
    Ingestor ingestor(store, {.max_queued = {1}}, on_failure);
    hold(ingestor);
    ingestor.submit(one_event("b1"), answers.take());
    EXPECT_EQ(answers.with(ErrorCode::overloaded), 1U);
    store.open_gate();
    ingestor.drain();
    EXPECT_EQ(answers.good(), 1U);
}

TEST_F(IngestorTest, draining_commits_what_was_taken_and_refuses_the_rest) {
    Ingestor ingestor(store, {}, on_failure);
    hold(ingestor);
    for (int i = 0; i < 10; ++i)
        ingestor.submit(one_event(fmt::format("b{}", i)), answers.take());
    std::thread drain([&] { ingestor.drain(); });
    store.open_gate();
    drain.join();
    EXPECT_EQ(answers.good(), 11U);
    ingestor.submit(one_event("late"), answers.take());
    EXPECT_EQ(answers.with(ErrorCode::unavailable), 1U);
    EXPECT_TRUE(answers.each_once());
    ingestor.drain();  // again is harmless
}

TEST_F(IngestorTest, draining_waits_for_a_batch_that_is_still_being_prepared) {
    std::promise<void> preparing, go_on;
    store.before_prepare([&] {
        preparing.set_value();
        go_on.get_future().wait();
    });
    Ingestor ingestor(store, {}, on_failure);
    std::thread submit([&] { ingestor.submit(one_event("b1"), answers.take()); });
    preparing.get_future().wait();
    std::thread drain([&] { ingestor.drain(); });
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    go_on.set_value();
    submit.join();
    drain.join();
    EXPECT_EQ(answers.good(), 1U);
}

TEST_F(IngestorTest, after_a_storage_failure_everything_is_answered_with_it_and_it_is_told_once) {
    Ingestor ingestor(store, {.max_group = 2}, on_failure);
    hold(ingestor);
    for (int i = 0; i < 5; ++i)
        ingestor.submit(one_event(fmt::format("b{}", i)), answers.take());
    store.fail_with({ErrorCode::storage, "disk-failed", "fsync failed", ""});
    store.open_gate();
    while (failures == 0)
        std::this_thread::yield();
    ingestor.submit(one_event("after"), answers.take());
    ingestor.drain();
    EXPECT_EQ(answers.with(ErrorCode::storage), 7U);
    EXPECT_TRUE(answers.each_once());
    EXPECT_EQ(failures, 1);
    EXPECT_EQ(store.group_sizes().size(), 1U) << "a failed store is not asked again";
    EXPECT_EQ(ingestor.counters().queued_batches, 0U);
}

TEST_F(IngestorTest, an_error_that_is_no_storage_failure_costs_that_group_alone) {
    Ingestor ingestor(store, {}, on_failure);
    hold(ingestor);
    store.fail_with({ErrorCode::unavailable, "disk-full", "no room", ""});
    store.open_gate();
    ingestor.drain();
    EXPECT_EQ(answers.with(ErrorCode::unavailable), 1U);
    EXPECT_EQ(failures, 0);
}

TEST_F(IngestorTest, a_store_that_throws_has_failed) {
    store.before_commit([] { throw std::runtime_error("bad_alloc or worse"); });
    Ingestor ingestor(store, {}, on_failure);
    ingestor.submit(one_event("b1"), answers.take());
    ingestor.drain();
    EXPECT_EQ(answers.with(ErrorCode::storage), 1U);
    EXPECT_EQ(failures, 1);
}

TEST_F(IngestorTest, a_conflict_costs_no_other_batch) {
    Ingestor ingestor(store, {}, on_failure);
    hold(ingestor);
    ingestor.submit(make_batch("held", noon, {{"other", noon, "Greene"}}), answers.take());
    ingestor.submit(one_event("b1"), answers.take());
    store.open_gate();
    ingestor.drain();
    EXPECT_EQ(answers.with(ErrorCode::conflict), 1U);
    EXPECT_EQ(answers.good(), 2U);
}

// Many submitters, a drain or a failure in the middle: whatever happens, one answer each, and a good one
// means stored.
TEST_F(IngestorTest, every_batch_is_answered_once_whatever_happens) {
    std::mt19937 random(std::random_device{}());
    for (int round = 0; round < 20; ++round) {
        GatedStore flaky{make_memory_store(StoreIdentity{})};
        Answers all;
        std::atomic<int> told = 0;
        const bool fails = round % 2 == 0;
        const auto when = std::chrono::microseconds{std::uniform_int_distribution<int>(0, 3000)(random)};
        {
            Ingestor ingestor(flaky, {.max_queued_batches = 64, .max_group = 8},
                              [&](const Error&) { ++told; });
            std::vector<std::thread> threads;
            for (int t = 0; t < 3; ++t)
                threads.emplace_back([&, t] {
                    for (int i = 0; i < 200; ++i)
                        ingestor.submit(one_event(fmt::format("{}-{}", t, i)), all.take());
                });
            std::this_thread::sleep_for(when);
            if (fails) flaky.fail_with({ErrorCode::storage, "disk-failed", "fsync failed", ""});
            ingestor.drain();
            for (std::thread& thread : threads)
                thread.join();
        }
        EXPECT_TRUE(all.each_once());
        EXPECT_LE(told, 1);
        const auto ledger = flaky.ledger();
        ASSERT_TRUE(ledger);
        EXPECT_EQ(ledger->stored, all.good());
    }
}

TEST_F(IngestorTest, reports_each_commit) {
    Ingestor ingestor(store, {}, on_failure);
    std::atomic<std::size_t> batches = 0;
    ingestor.on_commit([&](double seconds, std::size_t n) {
        EXPECT_GE(seconds, 0);
        batches += n;
    });
    for (int i = 0; i < 5; ++i)
        ingestor.submit(one_event(fmt::format("b{}", i)), answers.take());
    ingestor.drain();
    EXPECT_EQ(batches, 5U);
}

}  // namespace
}  // namespace weir

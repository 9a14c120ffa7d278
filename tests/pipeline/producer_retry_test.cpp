#include "pipeline/producer_retry.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "pipeline/producer_world.h"
#include "support/manual_clock.h"

namespace weir {
namespace {

using test::acknowledge;
using test::ManualClock;
using test::refuse;
using test::try_again;

constexpr RetryPolicy policy{Duration{60'000}, Duration{100}, Duration{5'000}};

TEST(FullJitter, fills_the_whole_range_and_no_more) {
    std::mt19937_64 random(1);
    for (const auto& [tries, limit] :
         {std::pair{0U, 100}, {1U, 200}, {5U, 3'200}, {6U, 5'000}, {4'000'000'000U, 5'000}}) {
        std::int64_t least = limit, most = 0;
        for (int i = 0; i < 2000; ++i) {
            const std::int64_t wait = full_jitter(policy, tries, random).count();
            least = std::min(least, wait);
            most = std::max(most, wait);
        }
        EXPECT_LE(least, limit / 50);
        EXPECT_GE(most, limit - limit / 50);
        EXPECT_LE(most, limit);
    }
}

TEST(FullJitter, nothing_to_wait_for_is_no_error) {
    std::mt19937_64 random(1);
    EXPECT_EQ(full_jitter({Duration{1}, Duration{0}, Duration{0}}, 9, random), Duration{0});
    EXPECT_EQ(full_jitter({Duration{1}, Duration{-5}, Duration{-1}}, 9, random), Duration{0});
}

class BatchSenderTest : public testing::Test {
  protected:
    Delivery deliver(test::ScriptedServer::Script script, RetryPolicy with = policy) {
        test::ScriptedServer server([&](const OutgoingBatch& sent, std::uint32_t tries) {
            moments.push_back(clock.now() - start);
            return script(sent, tries);
        });
        test::ScriptedTransport transport(server);
        BatchSender sender(transport, clock, with, tally, cancelled);
        return sender.deliver(batch);
    }
    ProducerProgress progress() const { return tally.progress(clock); }

    const Timestamp start = timestamp_from_ms(1'795'479'353'000);
    ManualClock clock{start};
    Tally tally;
    std::atomic<bool> cancelled = false;
    OutgoingBatch batch{"run-b1", "body", "application/x-ndjson", "", 10};
    std::vector<Duration> moments;  // of each try, since the start
};

TEST_F(BatchSenderTest, tries_until_the_batch_is_acknowledged) {
    const Delivery delivery = deliver([](const OutgoingBatch& sent, std::uint32_t tries) {
        return tries < 5 ? try_again() : acknowledge(sent);
    });
    EXPECT_EQ(delivery.outcome, Delivery::Outcome::acknowledged);
    EXPECT_EQ(progress().acknowledged, 10U);
    EXPECT_EQ(progress().retries, 4U);
    EXPECT_EQ(progress().batches, 1U);
    EXPECT_EQ(progress().wire_bytes, 5 * batch.body.size());
    for (std::size_t i = 1; i < moments.size(); ++i)
        EXPECT_LE(moments[i] - moments[i - 1], Duration{100 << (i - 1)});
}

TEST_F(BatchSenderTest, waits_as_long_as_the_server_asks) {
    deliver([](const OutgoingBatch& sent, std::uint32_t tries) {
        return tries == 1 ? try_again(Duration{7'000}) : acknowledge(sent);
    });
    ASSERT_EQ(moments.size(), 2U);
    EXPECT_GE(moments[1], Duration{7'000});
    EXPECT_LE(moments[1], Duration{7'100});
}

TEST_F(BatchSenderTest, gives_up_when_its_time_is_over_after_a_last_try) {
    const Delivery delivery = deliver([](const OutgoingBatch&, std::uint32_t) { return try_again(); });
    EXPECT_EQ(delivery.outcome, Delivery::Outcome::retry);
    EXPECT_EQ(moments.back(), Duration{60'000});
    EXPECT_EQ(progress().failed, 10U);
    const Error error = tally.error().value();
    EXPECT_EQ(error.code, ErrorCode::unreachable);
    EXPECT_NE(error.message.find("run-b1 was given up"), std::string::npos) << error.message;
    EXPECT_NE(error.message.find("the connection was lost"), std::string::npos) << error.message;
    EXPECT_NE(error.hint, "");
}

TEST_F(BatchSenderTest, does_not_wait_for_a_server_that_wants_more_patience_than_there_is) {
    deliver([](const OutgoingBatch&, std::uint32_t) { return try_again(Duration{60'001}); });
    EXPECT_EQ(moments.size(), 1U);
    EXPECT_EQ(clock.now(), start);
    EXPECT_EQ(progress().failed, 10U);
}

TEST_F(BatchSenderTest, a_refused_batch_is_not_tried_again) {
    EXPECT_EQ(deliver([](const OutgoingBatch&, std::uint32_t) { return refuse(); }).outcome,
              Delivery::Outcome::refused);
    EXPECT_EQ(moments.size(), 1U);
    EXPECT_EQ(progress().failed, 10U);
    EXPECT_EQ(tally.error()->reason, "batch-conflict");
    EXPECT_NE(tally.error()->hint.find("use another run id"), std::string::npos);
}

TEST_F(BatchSenderTest, a_batch_that_was_never_sent_is_not_said_to_be_stored_perhaps) {
    const auto too_large = [](const OutgoingBatch&, std::uint32_t) {
        Delivery delivery = refuse();
        delivery.nothing_sent = true;
        return delivery;
    };
    deliver(too_large);
    EXPECT_EQ(tally.error()->hint.find("may have been stored"), std::string::npos) << tally.error()->hint;
    deliver([](const OutgoingBatch&, std::uint32_t) { return try_again(); });
    EXPECT_NE(
        tally.error()->hint.find("another event without an acknowledgement may have been stored or not"),
        std::string::npos)
        << tally.error()->hint;
}

TEST_F(BatchSenderTest, a_batch_that_was_tried_before_it_was_too_large_may_be_stored) {
    deliver([](const OutgoingBatch&, std::uint32_t tries) {
        if (tries == 1) return try_again();
        Delivery delivery = refuse();
        delivery.nothing_sent = true;
        return delivery;
    });
    EXPECT_NE(tally.error()->hint.find("may have been stored or not"), std::string::npos)
        << tally.error()->hint;
}

TEST_F(BatchSenderTest, after_another_batch_was_given_up_one_try_is_all) {
    tally.add_failed(1, {});
    deliver([](const OutgoingBatch&, std::uint32_t) { return try_again(); });
    EXPECT_EQ(moments.size(), 1U);
    EXPECT_EQ(clock.now(), start);
}

TEST_F(BatchSenderTest, cancelling_ends_the_wait) {
    deliver([&](const OutgoingBatch&, std::uint32_t) {
        cancelled = true;
        return try_again(Duration{50'000});
    });
    EXPECT_LT(clock.now() - start, Duration{1'000});
    EXPECT_EQ(tally.error()->code, ErrorCode::interrupted);
}

TEST(Tally, verdicts_add_up_and_name_the_first_rejected_lines) {
    Tally tally;
    Verdict verdict{"run-b1", 10, 6, 3, 1, 2, {{4, RejectReason::ts_in_future, "too early"}}, false};
    for (int i = 0; i < 150; ++i)
        tally.add(verdict);
    tally.add_rejected(std::vector<DeadLetter>(7));
    const ProducerProgress progress = tally.progress(system_clock());
    EXPECT_EQ(progress.acknowledged, 150U * 9);
    EXPECT_EQ(progress.stored, 150U * 6);
    EXPECT_EQ(progress.duplicates, 150U * 3);
    EXPECT_EQ(progress.late, 150U * 2);
    EXPECT_EQ(progress.rejected, 157U);
    ASSERT_EQ(tally.first_rejected().size(), max_line_errors);
    EXPECT_EQ(tally.first_rejected().front().batch_id, "run-b1");
    EXPECT_EQ(tally.first_rejected().front().line, 4U);
    EXPECT_EQ(tally.first_rejected().front().message, "too early");
}

}  // namespace
}  // namespace weir

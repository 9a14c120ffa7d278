#include <atomic>
#include <random>
#include <thread>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "event/event.h"
#include "pipeline/producer.h"
#include "pipeline/producer_world.h"
#include "support/eventually.h"
#include "support/manual_clock.h"

namespace weir {
namespace {

using test::acknowledge;
using test::CountingSource;
using test::events_of;
using test::eventually;
using test::ManualClock;
using test::producer_options;
using test::refuse;
using test::ScriptedServer;
using test::try_again;

const Timestamp start = timestamp_from_ms(1'795'479'353'000);

// Chance for every try, from one seed; used by several threads.
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : random_(seed) {}
    int roll(int sides) {
        const std::lock_guard lock(mutex_);
        return std::uniform_int_distribution<int>{0, sides - 1}(random_);
    }

  private:
    std::mutex mutex_;
    std::mt19937_64 random_;
};

void check_books(const ProducerSummary& summary, const ScriptedServer& server,
                 std::uint64_t rejected_by_server) {
    const ProducerProgress& totals = summary.totals;
    RC_ASSERT(totals.produced == totals.acknowledged + totals.failed + rejected_by_server);
    RC_ASSERT(totals.acknowledged == totals.stored + totals.duplicates);
    std::uint64_t sent = 0, acknowledged = 0, tries = 0;
    std::set<std::string> ids;
    for (const auto& [id, kept] : server.kept()) {
        RC_ASSERT(kept.same_bytes);
        const auto events = events_of(test::plain_body(kept.batch));
        RC_ASSERT(events.size() == kept.batch.events);
        for (const auto& event : events)
            RC_ASSERT(ids.insert(event.id).second);
        sent += kept.batch.events;
        tries += kept.tries;
        if (kept.stored) acknowledged += kept.batch.events;
    }
    RC_ASSERT(acknowledged == totals.acknowledged + rejected_by_server);
    RC_ASSERT(sent <= totals.produced);
    RC_ASSERT(totals.batches + totals.retries == tries);
    // Whatever failed, the ids are those of the first events, without a gap.
    for (std::uint64_t k = 1; k <= sent; ++k)
        if (sent == totals.produced) RC_ASSERT(ids.contains(format_event_id("run", k)));
}

RC_GTEST_PROP(ProducerFaults, lost_requests_and_answers_cost_no_event_and_change_no_byte, ()) {
    Dice dice(*rc::gen::arbitrary<std::uint64_t>());
    const auto limit = *rc::gen::inRange<std::uint64_t>(0, 3000);
    std::atomic<std::uint64_t> rejected = 0;
    ScriptedServer server([&](const OutgoingBatch& batch, std::uint32_t) {
        switch (dice.roll(4)) {
            case 0:
                return try_again();
            case 1:
                return try_again(Duration{dice.roll(3000)});
            case 2: {
                Delivery delivery = acknowledge(batch);
                delivery.verdict.rejected =
                    static_cast<std::uint64_t>(dice.roll(static_cast<int>(batch.events) + 1));
                delivery.verdict.stored -= delivery.verdict.rejected;
                std::swap(delivery.verdict.stored, delivery.verdict.duplicates);
                rejected += delivery.verdict.rejected;
                return delivery;
            }
            default:
                return acknowledge(batch);
        }
    });
    ManualClock clock(start);
    CountingSource source;
    ProducerOptions options = producer_options();
    options.limit = limit;
    options.compress = *rc::gen::arbitrary<bool>();
    options.batch_events = *rc::gen::inRange<std::size_t>(1, 200);
    options.in_flight = *rc::gen::inRange<std::size_t>(1, 5);
    options.retry_for = std::chrono::hours{10'000};
    if (*rc::gen::arbitrary<bool>()) options.rate = 500;
    const ProducerSummary summary = Producer(options, source, server.transports(), clock).run();
    RC_ASSERT(!summary.error);
    RC_ASSERT(summary.totals.produced == limit);
    RC_ASSERT(summary.totals.failed == 0U);
    check_books(summary, server, rejected);
}

RC_GTEST_PROP(ProducerFaults, refused_and_given_up_batches_are_counted_exactly, ()) {
    Dice dice(*rc::gen::arbitrary<std::uint64_t>());
    ScriptedServer server([&](const OutgoingBatch& batch, std::uint32_t) {
        const int outcome = dice.roll(40);
        if (outcome == 0) return refuse();
        return outcome < 20 ? try_again() : acknowledge(batch);
    });
    ManualClock clock(start);
    CountingSource source;
    ProducerOptions options = producer_options();
    options.limit = 20'000;
    options.batch_events = 50;
    options.in_flight = *rc::gen::inRange<std::size_t>(1, 5);
    options.retry_for = Duration{*rc::gen::inRange(0, 5000)};
    std::atomic<std::uint64_t> observed = 0;
    Producer producer(options, source, server.transports(), clock);
    producer.on_delivery([&](const OutgoingBatch& batch, const Delivery&) { observed += batch.events; });
    const ProducerSummary summary = producer.run();
    check_books(summary, server, 0);
    RC_ASSERT(observed == summary.totals.produced);
    RC_ASSERT(summary.error.has_value() == (summary.totals.failed > 0));
    RC_ASSERT(summary.error.has_value() || summary.totals.acknowledged == 20'000U);
}

TEST(ProducerFaults, the_first_refused_batch_ends_the_run_and_says_what_is_missing) {
    ScriptedServer server([](const OutgoingBatch&, std::uint32_t) { return refuse(); });
    CountingSource source;
    const ProducerSummary summary =
        Producer(producer_options(), source, server.transports(), system_clock()).run();
    ASSERT_TRUE(summary.error);
    EXPECT_EQ(summary.error->code, ErrorCode::refused);
    EXPECT_NE(summary.error->message.find("events are not acknowledged"), std::string::npos)
        << summary.error->message;
    EXPECT_EQ(summary.totals.produced, summary.totals.failed);
    EXPECT_FALSE(summary.interrupted);
}

TEST(ProducerFaults, a_slow_server_slows_the_producer_down) {
    std::atomic<bool> open = false;
    ScriptedServer server([&](const OutgoingBatch& batch, std::uint32_t) {
        while (!open)
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        return acknowledge(batch);
    });
    CountingSource source;
    ProducerOptions options = producer_options();
    options.batch_events = 10;
    options.in_flight = 2;
    options.limit = 1000;
    Producer producer(options, source, server.transports(), system_clock());
    ProducerSummary summary;
    std::thread runner([&] { summary = producer.run(); });
    EXPECT_TRUE(eventually([&] { return producer.progress().produced >= 40; }));
    std::this_thread::sleep_for(std::chrono::milliseconds{50});  // in which it might produce more
    // Two batches with the senders, two in the queue, one in hand.
    EXPECT_LE(producer.progress().produced, 50U);
    open = true;
    runner.join();
    EXPECT_EQ(summary.totals.acknowledged, 1000U);
}

// Ends a run at a random moment, in the way `end` says, while a random part of the tries fails.
template <typename End, typename Check>
void end_at_random_moments(const End& end, const Check& check) {
    std::random_device seed;
    for (int round = 0; round < 40; ++round) {
        const std::uint64_t chance = seed();
        SCOPED_TRACE(chance);
        Dice dice(chance);
        ScriptedServer server([&](const OutgoingBatch& batch, std::uint32_t) {
            std::this_thread::sleep_for(std::chrono::microseconds{dice.roll(500)});
            return dice.roll(3) == 0 ? try_again() : acknowledge(batch);
        });
        CountingSource source;
        ProducerOptions options = producer_options();
        options.batch_events = 20;
        options.retry_base = Duration{2};
        options.retry_cap = Duration{5};
        if (dice.roll(2) == 0) options.rate = 20'000;
        Producer producer(options, source, server.transports(), system_clock());
        std::jthread ender([&] {
            std::this_thread::sleep_for(std::chrono::microseconds{dice.roll(20'000)});
            end(producer);
        });
        const ProducerSummary summary = producer.run();
        ender.join();
        EXPECT_EQ(summary.totals.produced, summary.totals.acknowledged + summary.totals.failed);
        for (const auto& [id, kept] : server.kept())
            EXPECT_TRUE(kept.same_bytes);
        check(summary);
    }
}

TEST(ProducerFaults, stopping_sends_all_that_was_produced) {
    end_at_random_moments([](Producer& producer) { producer.stop(); },
                          [](const ProducerSummary& summary) {
                              EXPECT_TRUE(summary.interrupted);
                              EXPECT_FALSE(summary.error);
                              EXPECT_EQ(summary.totals.failed, 0U);
                          });
}

TEST(ProducerFaults, aborting_ends_at_once_with_exact_books) {
    end_at_random_moments(
        [](Producer& producer) {
            producer.stop();
            producer.abort();
        },
        [](const ProducerSummary& summary) {
            EXPECT_TRUE(summary.interrupted);
            EXPECT_EQ(summary.error.has_value(), summary.totals.failed > 0);
            EXPECT_TRUE(!summary.error || summary.error->code == ErrorCode::interrupted);
        });
}

TEST(ProducerFaults, aborting_ends_sends_that_wait_for_an_answer) {
    class Waiting final : public Transport {
      public:
        Delivery send(const OutgoingBatch&) override {
            ++sending;
            cancelled_.wait(false);
            Delivery delivery;
            delivery.error.code = ErrorCode::interrupted;
            return delivery;
        }
        void cancel() override {
            cancelled_ = true;
            cancelled_.notify_all();
        }
        explicit Waiting(std::atomic<int>& count) : sending(count) {}
        std::atomic<int>& sending;

      private:
        std::atomic<bool> cancelled_ = false;
    };
    std::atomic<int> sending = 0;
    CountingSource source;
    ProducerOptions options = producer_options();
    Producer producer(
        options, source, [&] { return std::make_unique<Waiting>(sending); }, system_clock());
    std::jthread ender([&] {
        while (sending < static_cast<int>(options.in_flight))
            std::this_thread::yield();
        producer.abort();
    });
    const ProducerSummary summary = producer.run();
    EXPECT_TRUE(summary.interrupted);
    EXPECT_EQ(summary.totals.failed, summary.totals.produced);
    EXPECT_GT(summary.totals.failed, 0U);
}

TEST(ProducerFaults, aborting_ends_a_wait_for_a_server_that_asked_for_an_hour) {
    ScriptedServer server(
        [](const OutgoingBatch&, std::uint32_t) { return try_again(std::chrono::hours{1}); });
    CountingSource source;
    ProducerOptions options = producer_options();
    options.retry_for = std::chrono::hours{24};
    Producer producer(options, source, server.transports(), system_clock());
    std::jthread ender([&] {
        while (producer.progress().wire_bytes == 0)
            std::this_thread::yield();
        producer.abort();
    });
    const auto before = std::chrono::steady_clock::now();
    EXPECT_TRUE(producer.run().interrupted);
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::minutes{2});
}

}  // namespace
}  // namespace weir

// A message of another program that died half stored and is replayed: the tables are as if it had come once.
#include <gtest/gtest.h>

#include "cli/dead_letter_queue.h"
#include "lambda/events.h"
#include "lambda/store_handler.h"
#include "store/dynamo_fixture.h"

namespace weir::cli {
namespace {

using lambda::test::event_line;
using weir::test::at;
using weir::test::DynamoFixture;

const Timestamp sent = at(3'590);
const Timestamp replayed = at(3'600 * 3);  // long after the events' windows

// Events on time, late and twice, and lines that are none.
std::string foreign_body() {
    std::string body;
    for (int i = 0; i < 12; ++i)
        body += event_line("f-" + std::to_string(i), i % 3 == 0 ? "Ulster" : "Delaware",
                           format_rfc3339(sent - Duration{i * 20'000})) +
                "\n";
    return body + event_line("f-0", "Ulster", format_rfc3339(sent)) + "\nnonsense\n{\"event_id\":7}\n";
}

// The dead message as its queue gives it: with the id and the time that it was sent with.
aws::SqsMessage dead_message() {
    return {"9c1f6a0e-5f1c-4f2b-8a51-1d0a7c3f0b11", "handle", foreign_body(), 5, sent};
}

std::string deliver(DynamoFixture& fixture, const lambda::test::Message& message) {
    lambda::StoreHandler handler(fixture.store(), fixture.clock, {});
    return handler.handle({"request", lambda::test::sqs_event({message}), max_timestamp})
        .value_or("the function failed");
}

const std::string stored = R"({"batchItemFailures":[]})";

// All items but those that only say how the message came: its marker, and marks on minutes to count again.
weir::test::FakeDynamoDb::Table comparable(const DynamoFixture& fixture) {
    weir::test::FakeDynamoDb::Table items = fixture.events();
    std::erase_if(items, [](const auto& entry) {
        return entry.first.first.starts_with("B#") || entry.first.first == "DIRTY";
    });
    return items;
}

class ReplayedMessage : public testing::TestWithParam<Layout> {
  protected:
    static DynamoOptions options() {
        DynamoOptions options = weir::test::dynamo_options(GetParam());
        options.connections = 1;
        return options;
    }
};

TEST_P(ReplayedMessage, that_died_at_any_write_is_as_if_it_had_come_once) {
    const aws::SqsMessage dead = dead_message();
    DynamoFixture undisturbed(options());
    undisturbed.store();
    undisturbed.db.crash_at(0, false);
    ASSERT_EQ(deliver(undisturbed, {dead.message_id, dead.body, dead.sent}), stored);
    const Ledger ledger = *undisturbed.store().ledger();
    ASSERT_EQ(ledger.stored, 12U);
    ASSERT_EQ(ledger.duplicates, 1U);
    ASSERT_EQ(ledger.rejected, 2U);
    ASSERT_GT(ledger.late, 0U);
    ASSERT_LT(ledger.late, 12U);
    const auto expected = comparable(undisturbed);
    const std::uint64_t writes = undisturbed.db.writes();
    ASSERT_GT(writes, 5U);

    // The last round: every write was done, and only the answer was lost.
    for (std::uint64_t k = 1; k <= writes + 1; ++k) {
        SCOPED_TRACE(k);
        DynamoFixture fixture(options());
        fixture.store();
        fixture.db.crash_at(k, false);
        EXPECT_EQ(deliver(fixture, {dead.message_id, dead.body, dead.sent}) == stored, k > writes);
        fixture.db.heal();
        fixture.reopen();
        fixture.clock.advance(replayed - fixture.clock.now());
        const auto body = body_to_replay(dead);
        ASSERT_TRUE(body.has_value());
        EXPECT_EQ(deliver(fixture, {"0a8e7a44-7a0f-4b43-9d3f-0e5b4f6f2c02", *body, replayed}), stored);
        EXPECT_EQ(comparable(fixture), expected);
        EXPECT_EQ(*fixture.store().ledger(), ledger);
        EXPECT_FALSE(fixture.items("DIRTY").empty()) << "a row that is final by now is counted again";
    }
}

INSTANTIATE_TEST_SUITE_P(Layouts, ReplayedMessage, testing::Values(Layout::rows, Layout::blocks));

}  // namespace
}  // namespace weir::cli

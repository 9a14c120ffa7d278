// Records of Kinesis: a failure ends the answer, and what no try would help is a dead letter.

#include <gtest/gtest.h>

#include "base/text.h"
#include "codec/message_envelope.h"
#include "lambda/events.h"
#include "lambda/store_handler_world.h"

namespace weir::lambda {
namespace {

using test::event_line;
using test::kinesis_event;
using test::Message;

const TimeRange all{min_timestamp, max_timestamp};

std::vector<Message> records(int n) {
    std::vector<Message> records;
    for (int i = 1; i <= n; ++i)
        records.push_back({"4959033827149025660855969253836157109592157598913658" + std::to_string(i),
                           event_line("e-" + std::to_string(i))});
    return records;
}

TEST_F(StoreHandlerTest, kinesis_is_told_the_lowest_failed_sequence_number_and_nothing_after_it_is_begun) {
    options.max_group_batches = 3;
    const std::vector<Message> messages = records(9);
    store.fails = [&](const Batch& batch) -> std::optional<Error> {
        if (!batch.batch_id.ends_with(messages[1].id) && !batch.batch_id.ends_with(messages[2].id))
            return std::nullopt;
        return Error{ErrorCode::overloaded, "ThrottlingException", "slower", {}};
    };
    EXPECT_EQ(handle(kinesis_event(messages)), Ids{messages[1].id});
    EXPECT_EQ(stored(), 1U);
    for (const Batch& batch : store.committed)
        for (std::size_t i = 5; i < messages.size(); ++i)
            EXPECT_FALSE(batch.batch_id.ends_with(messages[i].id)) << batch.batch_id;
}

// It would hold up its shard, and take the records behind it along to the dead-letter queue, unread.
TEST_F(StoreHandlerTest, a_kinesis_record_that_cannot_be_read_is_a_dead_letter_and_the_rest_is_stored) {
    options.max_group_batches = 3;
    std::vector<Message> messages = records(9);
    messages[0].body = "poison";
    messages[4].body = std::string("\xff\xfe\0not text", 11);
    messages[6].body = "";
    messages[7].body = "{\"weir\":9}\n{}";
    const Timestamp sent = test::now() - std::chrono::minutes{3};
    messages[4].sent = sent;
    const std::string event = kinesis_event(messages);
    EXPECT_EQ(handle(event), Ids{});
    EXPECT_EQ(stored(), 5U);
    const Ledger ledger = *store.ledger();
    EXPECT_EQ(ledger.received, 9U);
    EXPECT_EQ(ledger.rejected, 4U);
    EXPECT_TRUE(ledger.balances());
    EXPECT_EQ(handle(event), Ids{}) << "delivered again";
    EXPECT_EQ(stored(), 5U);
    const auto letters = store.dead_letters(all, 0, 100)->letters;
    ASSERT_EQ(letters.size(), 4U);
    const std::vector<std::pair<std::size_t, std::string>> expected{{0, "message-not-json: "},
                                                                    {4, "message-not-json: "},
                                                                    {6, "message-empty: "},
                                                                    {7, "envelope-version: "}};
    for (const auto& [index, reason] : expected) {
        SCOPED_TRACE(index);
        const std::string id = "shardId-000000000006:" + messages[index].id;
        const auto letter = std::find_if(letters.begin(), letters.end(),
                                         [&](const DeadLetter& found) { return found.batch_id == id; });
        ASSERT_NE(letter, letters.end());
        EXPECT_EQ(letter->bytes, messages[index].body);
        EXPECT_EQ(letter->reason, RejectReason::message_refused);
        EXPECT_TRUE(letter->message.starts_with(reason)) << letter->message;
        EXPECT_TRUE(is_utf8(letter->message)) << "it is stored as text";
        EXPECT_EQ(letter->source, "kinesis:sensors");
        EXPECT_EQ(letter->line, 1U);
        EXPECT_EQ(letter->received_at, messages[index].sent);
    }
    for (const Batch& batch : store.committed) {
        EXPECT_TRUE(batch.id_is_unique) << "without a marker, as all records of this test";
        EXPECT_EQ(batch.received, batch.events.size() + batch.rejected.size());
    }
}

TEST_F(StoreHandlerTest, kinesis_data_that_is_no_base64_is_kept_as_it_came) {
    std::string event = kinesis_event({{"1", event_line("a")}, {"2", "b"}, {"3", event_line("c")}});
    const std::string data = base64_encode("b");
    event.replace(event.find(data), data.size(), "****");
    EXPECT_EQ(handle(event), Ids{});
    EXPECT_EQ(stored(), 2U);
    const auto letters = store.dead_letters(all, 0, 10)->letters;
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].bytes, "****");
    EXPECT_TRUE(letters[0].message.starts_with("base64-invalid: ")) << letters[0].message;
}

TEST_F(StoreHandlerTest, a_kinesis_record_with_the_batch_id_of_another_is_a_dead_letter) {
    const auto body = [](const std::string& id) {
        return write_message({"r-b1", "application/x-ndjson", ""}, event_line(id), MessageForm::binary);
    };
    const std::string event =
        kinesis_event({{"1", body("r-1")}, {"2", body("r-2")}, {"3", event_line("c")}, {"4", body("r-3")}});
    for (int delivery = 0; delivery < 2; ++delivery) {
        EXPECT_EQ(handle(event), Ids{});
        EXPECT_EQ(stored(), 2U);
        const auto letters = store.dead_letters(all, 0, 10)->letters;
        ASSERT_EQ(letters.size(), 2U);
        EXPECT_EQ(letters[0].bytes, body("r-2"));
        EXPECT_EQ(letters[1].bytes, body("r-3"));
        EXPECT_TRUE(letters[0].message.starts_with("batch-conflict: ")) << letters[0].message;
    }
    EXPECT_TRUE(store.ledger()->balances());
}

TEST_F(StoreHandlerTest, a_dead_letter_that_the_store_does_not_take_fails_its_record) {
    std::vector<Message> messages = records(4);
    messages[2].body = "poison";
    store.fails = [&](const Batch& batch) -> std::optional<Error> {
        if (!batch.batch_id.ends_with(messages[2].id)) return std::nullopt;
        return Error{ErrorCode::overloaded, "ThrottlingException", "slower", {}};
    };
    EXPECT_EQ(handle(kinesis_event(messages)), Ids{messages[2].id});
    EXPECT_EQ(store.ledger()->rejected, 0U);
    // Nor is one that is refused for its own sake tried for ever.
    store.fails = [&](const Batch& batch) -> std::optional<Error> {
        if (batch.rejected.empty()) return std::nullopt;
        return Error{ErrorCode::invalid, "no-letters", "no", {}};
    };
    EXPECT_EQ(handle(kinesis_event(messages)), Ids{messages[2].id});
}

}  // namespace
}  // namespace weir::lambda

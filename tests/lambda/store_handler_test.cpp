// What becomes of an event's messages, those of SQS and what holds for both sources.
#include <algorithm>

#include <gtest/gtest.h>

#include "codec/message_envelope.h"
#include "lambda/events.h"
#include "lambda/store_handler_world.h"

namespace weir::lambda {
namespace {

using test::event_line;
using test::kinesis_event;
using test::Message;
using test::sqs_event;

const TimeRange all{min_timestamp, max_timestamp};

std::vector<Message> plain(std::size_t n, const std::string& run = "e") {
    std::vector<Message> messages;
    for (std::size_t i = 0; i < n; ++i)
        messages.push_back({"m-" + std::to_string(i), event_line(run + "-" + std::to_string(i))});
    return messages;
}

TEST_F(StoreHandlerTest, stores_every_message_of_an_event_of_any_size) {
    std::uint64_t expected = 0;
    std::size_t round = 0;
    for (const std::size_t n : {1U, 10U, 100U, 10'000U}) {
        std::vector<Message> messages = plain(n, "round" + std::to_string(round));
        for (Message& message : messages)
            message.id += "-" + std::to_string(round);
        ++round;
        EXPECT_EQ(handle(sqs_event(messages)), Ids{});
        expected += n;
        EXPECT_EQ(stored(), expected);
    }
    EXPECT_LE(*std::max_element(store.groups.begin(), store.groups.end()), options.max_group_batches);
}

TEST_F(StoreHandlerTest, an_empty_event_is_a_success) {
    EXPECT_EQ(handle(R"({"Records":[]})"), Ids{});
}

TEST_F(StoreHandlerTest, a_messages_own_id_is_the_batch_id_where_it_has_no_envelope) {
    const std::string enveloped =
        write_message({"r7f3-b1", "application/x-ndjson", ""}, event_line("r7f3-000001"), MessageForm::text);
    EXPECT_EQ(handle(sqs_event({{"m-1", event_line("a")}, {"m-2", enveloped}})), Ids{});
    EXPECT_EQ(handle(kinesis_event(
                  {{"49590338271490256608559692538361571095921575989136588898", event_line("b")}})),
              Ids{});
    ASSERT_EQ(store.committed.size(), 3U);
    EXPECT_EQ(store.committed[0].batch_id, "m-1");
    EXPECT_TRUE(store.committed[0].id_is_unique);
    EXPECT_EQ(store.committed[0].source, "sqs:sensors");
    EXPECT_EQ(store.committed[1].batch_id, "r7f3-b1");
    EXPECT_FALSE(store.committed[1].id_is_unique);
    EXPECT_EQ(store.committed[2].batch_id,
              "shardId-000000000006:49590338271490256608559692538361571095921575989136588898");
    EXPECT_TRUE(store.committed[2].id_is_unique);
    EXPECT_EQ(store.committed[2].source, "kinesis:sensors");
}

TEST_F(StoreHandlerTest, a_message_was_received_when_it_was_sent) {
    const Timestamp sent = test::now() - std::chrono::minutes{3};
    handle(sqs_event({{"m-1", event_line("a"), sent}}));
    handle(kinesis_event({{"1", event_line("b"), sent}}));
    EXPECT_EQ(store.committed[0].received_at, sent);
    EXPECT_EQ(store.committed[1].received_at, sent);
}

TEST_F(StoreHandlerTest, a_message_that_is_sent_again_was_received_when_it_came_first) {
    const auto received_at = [&](Timestamp said) {
        const std::string id = "b-" + std::to_string(store.committed.size());
        handle(sqs_event({{"m-1", write_message({id, "application/x-ndjson", "", said}, event_line(id),
                                                MessageForm::text)}}));
        return store.committed.back().received_at;
    };
    const Timestamp hours_ago = test::now() - std::chrono::hours{30};
    EXPECT_EQ(received_at(hours_ago), hours_ago);
    // What was stored so long ago has expired; and no message comes before it was sent.
    const Timestamp oldest = test::now() - options.limits.retention;
    EXPECT_EQ(received_at(oldest), oldest);
    EXPECT_EQ(received_at(oldest - Duration{1}), test::now());
    EXPECT_EQ(received_at(test::now() + Duration{1}), test::now());
}

TEST_F(StoreHandlerTest, poison_fails_alone) {
    const auto envelope = [](const std::string& rest) { return R"({"weir":1,"batch_id":"b")" + rest; };
    const std::vector<Message> messages{
        {"good-1", event_line("a")},
        {"text", "hello"},
        {"empty", ""},
        {"envelope", R"({"weir":1)"},
        {"version", "{\"weir\":9}\n{}"},
        {"base64", envelope(",\"content_type\":\"text/csv\",\"content_encoding\":\"zstd\"}\n***")},
        {"zstd", envelope(",\"content_type\":\"text/csv\",\"content_encoding\":\"zstd\"}\nZm9v")},
        {"array", "[" + event_line("x") + ",]"},
        {"csv", envelope(",\"content_type\":\"text/csv\"}\nCounty\nDelaware\n")},
        {"good-2", event_line("b")}};
    EXPECT_EQ(handle(sqs_event(messages)),
              (Ids{"text", "empty", "envelope", "version", "base64", "zstd", "array", "csv"}));
    EXPECT_EQ(stored(), 2U);
}

TEST_F(StoreHandlerTest, lines_that_are_no_events_are_dead_letters_and_no_failure) {
    EXPECT_EQ(handle(sqs_event({{"m-1", event_line("a") + "\n{\"event_id\":1}\nnonsense\n" + event_line("b")},
                                {"m-2", "{\"broken\""}})),
              Ids{});
    const Ledger ledger = *store.ledger();
    EXPECT_EQ(ledger.stored, 2U);
    EXPECT_EQ(ledger.rejected, 3U);
    const auto letters = store.dead_letters(all, 0, 10)->letters;
    ASSERT_EQ(letters.size(), 3U);
    EXPECT_EQ(letters[1].bytes, "nonsense");
    EXPECT_EQ(letters[1].batch_id, "m-1");
}

TEST_F(StoreHandlerTest, an_event_delivered_again_is_stored_once) {
    const std::string event = sqs_event(plain(20));
    EXPECT_EQ(handle(event), Ids{});
    EXPECT_EQ(handle(event), Ids{});
    EXPECT_EQ(store
                  .window_counts(
                      {test::now() - std::chrono::hours{1} - Duration{3'123}, test::now() + Duration{6'877}})
                  ->total,
              20U);
}

TEST_F(StoreHandlerTest, a_batch_twice_in_one_event_is_stored_once) {
    const std::string body =
        write_message({"r-b1", "application/x-ndjson", ""}, event_line("r-1"), MessageForm::text);
    EXPECT_EQ(handle(sqs_event({{"m-1", body}, {"m-2", event_line("x")}, {"m-3", body}})), Ids{});
    EXPECT_EQ(stored(), 2U);
    // The very same message twice is named once when it fails.
    EXPECT_EQ(handle(sqs_event({{"bad", "x"}, {"bad", "x"}})), Ids{"bad"});
}

TEST_F(StoreHandlerTest, a_batch_id_used_for_other_content_fails_alone) {
    const auto message = [](const std::string& id) {
        return write_message({"r-b1", "application/x-ndjson", ""}, event_line(id), MessageForm::text);
    };
    EXPECT_EQ(handle(sqs_event({{"m-1", message("r-1")}, {"m-2", message("r-2")}, {"m-3", event_line("c")}})),
              Ids{"m-2"});
    EXPECT_EQ(stored(), 2U);
}

TEST_F(StoreHandlerTest, a_store_that_fails_for_one_batch_costs_that_message_alone) {
    store.fails = [](const Batch& batch) -> std::optional<Error> {
        if (batch.batch_id != "m-3") return std::nullopt;
        return Error{ErrorCode::overloaded, "ThrottlingException", "slower", {}};
    };
    EXPECT_EQ(handle(sqs_event(plain(10))), Ids{"m-3"});
    EXPECT_EQ(stored(), 9U);
}

TEST_F(StoreHandlerTest, a_store_that_takes_nothing_is_not_asked_for_every_group) {
    options.max_group_batches = 10;
    store.fails = [](const Batch&) { return Error{ErrorCode::unreachable, "connect-failed", "no", {}}; };
    EXPECT_EQ(handle(sqs_event(plain(100))).size(), 100U);
    EXPECT_EQ(store.groups.size(), 1U);
    store.outer_error = Error{ErrorCode::storage, "disk", "no", {}};
    EXPECT_EQ(handle(sqs_event(plain(100))).size(), 100U);
    EXPECT_EQ(store.groups.size(), 1U);
}

TEST_F(StoreHandlerTest, what_there_is_no_time_for_is_left_for_another_delivery) {
    options.max_group_batches = 10;
    store.at_commit = [&] { clock.advance(Duration{4'000}); };
    // 13 s: three groups take 12 s, and a fourth would not be done in time.
    const auto failed = handle(sqs_event(plain(100)), test::now() + Duration{13'000});
    EXPECT_EQ(stored() + failed.size(), 100U);
    EXPECT_GT(stored(), 0U);
    EXPECT_GT(failed.size(), 50U);
    EXPECT_LT(clock.now(), test::now() + Duration{13'000});
    // Nothing is begun when the deadline is as good as there; on Kinesis the first record says it all.
    EXPECT_EQ(handle(sqs_event({{"m-1", event_line("z")}}), clock.now() + Duration{10}), Ids{"m-1"});
    EXPECT_EQ(
        handle(kinesis_event({{"1", event_line("y")}, {"2", event_line("x")}}), clock.now() + Duration{10}),
        Ids{"1"});
}

TEST_F(StoreHandlerTest, memory_is_bounded_by_groups) {
    options.max_group_text = Bytes{1000};
    std::vector<Message> messages;
    for (int i = 0; i < 20; ++i)
        messages.push_back(
            {"m-" + std::to_string(i), event_line("e-" + std::to_string(i)) + std::string(400, ' ')});
    EXPECT_EQ(handle(sqs_event(messages)), Ids{});
    EXPECT_EQ(*std::max_element(store.groups.begin(), store.groups.end()), 3U);
}

TEST_F(StoreHandlerTest, an_event_of_another_kind_is_an_error) {
    for (
        const char* event :
        {"", "null", "[]", "{}", R"({"Records":{}})", R"({"Records":[1]})",
         R"({"Records":[{"eventSource":"aws:s3"}]})", R"({"Records":[{"eventSource":"aws:sqs"}]})",
         R"({"Records":[{"eventSource":"aws:sqs","messageId":null,"body":"x"}]})",
         R"({"Records":[{"eventSource":"aws:kinesis","kinesis":{"data":""},"eventID":"x"}]})",
         R"({"Records":[{"eventSource":"aws:sqs","messageId":"a"},{"eventSource":"aws:kinesis"}]})",
         R"({"Records":[{"eventSource":"aws:sqs","messageId":"a","body":"\x"}]})",
         R"({"Records":[{"eventSource":"aws:sqs","messageId":"a","body":"x")",
         R"({"Records":[{"kinesis":{"sequenceNumber":"1","data":"eA==":"eA=="},"eventID":"a","eventSource":"aws:kinesis"}]})",
         R"({"Records":[{"messageId":"a","body":"x","eventSource":"aws:sqs"}}})"}) {
        const auto answer = handler().handle({"request", event});
        ASSERT_FALSE(answer) << event;
        EXPECT_EQ(answer.error().reason, "event-unknown");
    }
    EXPECT_TRUE(store.committed.empty());
}

TEST_F(StoreHandlerTest, an_id_with_quotes_comes_back_as_it_was) {
    EXPECT_EQ(handle(sqs_event({{R"(a"\b)", "x"}})), Ids{R"(a"\b)"});
}

}  // namespace
}  // namespace weir::lambda

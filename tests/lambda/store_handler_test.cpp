#include "lambda/store_handler.h"

#include <algorithm>
#include <functional>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "codec/message_envelope.h"
#include "lambda/events.h"
#include "store/checks.h"
#include "store/forwarding_store.h"
#include "store/memory_store.h"
#include "support/manual_clock.h"

namespace weir::lambda {
namespace {

using test::event_line;
using test::kinesis_event;
using test::Message;
using test::sqs_event;

const StoreIdentity identity{"County", "county-5m", {.pane = Duration{10'000}, .lateness = Duration{60'000}}};
const TimeRange all{min_timestamp, max_timestamp};

// The store in memory, which keeps what was committed and fails when it is told to.
class WatchedStore final : public weir::test::ForwardingStore {
  public:
    WatchedStore() : ForwardingStore(make_memory_store(identity)) {}
    std::function<std::optional<Error>(const Batch&)> fails;
    std::function<void()> at_commit;
    std::optional<Error> outer_error;
    std::vector<Batch> committed;
    std::vector<std::size_t> groups;

    Result<std::vector<Result<Verdict>>> commit(std::span<Batch> group) override {
        if (at_commit) at_commit();
        if (outer_error) return fail(*outer_error);
        groups.push_back(group.size());
        std::vector<Result<Verdict>> answers;
        std::set<std::string> ids;
        for (Batch& batch : group) {
            EXPECT_TRUE(ids.insert(batch.batch_id).second) << "one id twice in a group";
            committed.push_back(batch);
            auto error = fails ? fails(batch) : std::nullopt;
            if (error)
                answers.emplace_back(fail(*std::move(error)));
            else
                answers.push_back(inner().commit({&batch, 1}).value().at(0));
        }
        return answers;
    }
};

class StoreHandlerTest : public ::testing::Test {
  protected:
    // The ids that the answer names, checked against the contract: an object with one list, every id one of
    // the event's, none twice, nothing null.
    std::vector<std::string> handle(const std::string& event, Timestamp deadline = max_timestamp) {
        const auto answer = handler().handle({"request", event, deadline});
        if (!answer) {
            ADD_FAILURE() << answer.error().message;
            return {};
        }
        const auto json = nlohmann::json::parse(*answer);
        EXPECT_EQ(json.size(), 1U) << *answer;
        const auto event_json = nlohmann::json::parse(event);
        std::set<std::string> known;
        for (const auto& record : event_json["Records"])
            known.insert(record.contains("kinesis") ? record["kinesis"]["sequenceNumber"].get<std::string>()
                                                    : record["messageId"].get<std::string>());
        std::vector<std::string> failed;
        for (const auto& failure : json.at("batchItemFailures")) {
            EXPECT_EQ(failure.size(), 1U);
            failed.push_back(failure.at("itemIdentifier").get<std::string>());
            EXPECT_TRUE(known.contains(failed.back())) << failed.back();
        }
        EXPECT_EQ(std::set<std::string>(failed.begin(), failed.end()).size(), failed.size());
        return failed;
    }
    StoreHandler& handler() {
        if (!handler_) handler_ = std::make_unique<StoreHandler>(store, clock, options);
        return *handler_;
    }
    std::uint64_t stored() { return store.ledger()->stored; }

    WatchedStore store;
    weir::test::ManualClock clock{test::now()};
    StoreHandler::Options options;

  private:
    std::unique_ptr<StoreHandler> handler_;
};

using Ids = std::vector<std::string>;

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

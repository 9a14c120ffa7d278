#include "cli/dead_letter_queue.h"

#include <random>

#include <gtest/gtest.h>

#include "cli/memory_queues.h"
#include "codec/message_envelope.h"

namespace weir::cli {
namespace {

using test::MemoryQueues;
using Ids = std::vector<std::string>;

const Timestamp sent = *parse_rfc3339("2026-11-24T00:15:53.123Z");
const std::string event = R"({"event_id":"f-1","ts":"2026-11-24T00:15:53.123Z","County":"Delaware"})";

// An event of so many bytes: of one letter, or of letters that no compression makes much shorter.
std::string event_of(std::size_t bytes, bool random) {
    std::string text = R"({"event_id":"f-2","ts":"2026-11-24T00:15:53.123Z","County":"Ulster","t":")";
    std::mt19937 letters(1);
    while (text.size() < bytes - 2)
        text +=
            random ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-"[letters() % 64] : 'x';
    return text + "\"}";
}

Result<Replay> replay_of(MemoryQueues& queues) {
    return replay(queues, "dead", "live", [](const Replay&) {});
}

TEST(DeadLetterQueue, a_replay_moves_every_message_and_names_foreign_ones) {
    MemoryQueues queues;
    const std::string enveloped =
        write_message({"r-b1", "application/x-ndjson", ""}, event, MessageForm::text);
    queues.add("dead", "m-1", event, sent);
    queues.add("dead", "m-2", enveloped, sent);
    queues.add("dead", "m-3", "no event", sent);
    const auto done = replay_of(queues);
    ASSERT_TRUE(done.has_value());
    EXPECT_EQ(done->sent, 3U);
    EXPECT_TRUE(done->kept.empty());
    EXPECT_TRUE(queues.queues["dead"].empty());
    ASSERT_EQ(queues.queues["live"].size(), 3U);
    const Message foreign = read_message(queues.queues["live"][0].body, MessageForm::text, {}).value();
    EXPECT_EQ(foreign.batch_id, "m-1");
    EXPECT_EQ(foreign.sent, sent);
    EXPECT_EQ(foreign.body, event);
    EXPECT_EQ(queues.queues["live"][1].body, enveloped);
    EXPECT_EQ(queues.queues["live"][2].body, "no event");
}

TEST(DeadLetterQueue, a_foreign_message_that_its_envelope_makes_too_large_goes_compressed) {
    MemoryQueues queues;
    const std::string body = event_of(aws::max_sqs_bytes, false);
    queues.add("dead", "m-1", body, sent);
    const auto done = replay_of(queues);
    ASSERT_TRUE(done.has_value()) << done.error().message;
    EXPECT_EQ(done->sent, 1U);
    const auto read = read_message(queues.queues["live"].at(0).body, MessageForm::text, {});
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_EQ(read->batch_id, "m-1");
    EXPECT_EQ(read->sent, sent);
    EXPECT_EQ(read->body, body);
}

TEST(DeadLetterQueue, a_message_that_cannot_go_back_stays_and_holds_up_no_other) {
    MemoryQueues queues;
    queues.add("dead", "large", event_of(aws::max_sqs_bytes, true), sent);
    queues.add("dead", "batch", R"({"KinesisBatchInfo":{"shardId":"shardId-000000000006"}})", sent);
    queues.add("dead", "refused", R"({"event_id":"refused"})", sent);
    for (int i = 0; i < 30; ++i)
        queues.add("dead", "good-" + std::to_string(i), event, sent);
    queues.refuses = [](const std::string& body) -> std::optional<Error> {
        if (body.find("refused") == std::string::npos) return std::nullopt;
        return Error{ErrorCode::refused, "InvalidMessageContents", "not that character", {}};
    };
    queues.visible_again = 2;  // as in a replay that takes minutes
    const auto done = replay_of(queues);
    ASSERT_TRUE(done.has_value()) << done.error().message;
    EXPECT_EQ(done->sent, 30U);
    ASSERT_EQ(done->kept.size(), 3U);
    EXPECT_EQ(done->kept[0].message_id, "large");
    EXPECT_NE(done->kept[0].why.find("1,048,576"), std::string::npos) << done->kept[0].why;
    EXPECT_EQ(done->kept[1].message_id, "batch");
    EXPECT_NE(done->kept[1].why.find("stream"), std::string::npos) << done->kept[1].why;
    EXPECT_EQ(done->kept[2].message_id, "refused");
    EXPECT_EQ(done->kept[2].why, "not that character");
    EXPECT_EQ(queues.ids("dead"), (Ids{"large", "batch", "refused"}));
    EXPECT_EQ(queues.released, (std::set<std::string>{"large", "batch", "refused"}));
}

TEST(DeadLetterQueue, a_look_finds_what_was_sent_in_a_time_and_leaves_all_where_it_is) {
    MemoryQueues queues;
    for (int i = 0; i < 30; ++i)
        queues.add("dead", "m-" + std::to_string(i), event, sent + Duration{i});
    const auto look = [&](TimeRange range, std::size_t limit) {
        Ids found;
        const auto messages = peek(queues, "dead", range, limit).value();
        for (const aws::SqsMessage& message : messages)
            found.push_back(message.message_id);
        return found;
    };
    EXPECT_EQ(look({min_timestamp, max_timestamp}, 100).size(), 30U);
    EXPECT_EQ(queues.released.size(), 30U);
    EXPECT_EQ(look({sent + Duration{11}, sent + Duration{13}}, 100), (Ids{"m-11", "m-12"}));
    EXPECT_EQ(look({sent + Duration{11}, max_timestamp}, 3), (Ids{"m-11", "m-12", "m-13"}));
    EXPECT_EQ(look({min_timestamp, sent}, 100), Ids{});
    queues.visible_again = 1;  // as in a queue so long that the first are back before the last are seen
    EXPECT_EQ(look({min_timestamp, sent}, 100), Ids{});
}

TEST(DeadLetterQueue, a_failure_of_the_other_queue_ends_a_replay_and_loses_nothing) {
    MemoryQueues queues;
    for (int i = 0; i < 3; ++i)
        queues.add("dead", "m-" + std::to_string(i), event, sent);
    queues.refuses = [](const std::string&) { return Error{ErrorCode::not_found, "no-queue", "gone", {}}; };
    const auto done = replay_of(queues);
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().reason, "no-queue");
    EXPECT_EQ(queues.queues["dead"].size(), 3U);
}

}  // namespace
}  // namespace weir::cli

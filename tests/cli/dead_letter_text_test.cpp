#include "cli/dead_letter_text.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace weir::cli {
namespace {

using Json = nlohmann::json;

const Timestamp sent = *parse_rfc3339("2026-11-24T00:15:53.123Z");

DeadLetter letter(std::uint64_t id) {
    DeadLetter letter;
    letter.id = id;
    letter.received_at = sent;
    letter.batch_id = "r7f3-b1";
    letter.source = "sqs:sensors";
    letter.line = 17;
    letter.reason = RejectReason::json_invalid;
    letter.message = "no JSON";
    letter.bytes = "{broken";
    return letter;
}

const std::vector<aws::SqsMessage> messages{
    {"m-1", "handle", "this is \"no event\"\n", 3, sent},
    {"m-2", "handle", "=1+1, and more", 1, sent + Duration{1}},
};

std::string text_of(DeadLetterForm form, std::size_t letters, const std::vector<aws::SqsMessage>* with) {
    DeadLetterText text(form);
    std::string all = text.begin();
    for (std::size_t i = 1; i <= letters; ++i)
        all += text.letter(letter(i));
    all += text.end_letters();
    if (with != nullptr) all += text.messages(*with, "dead");
    return all + text.end();
}

TEST(DeadLetterText, json_is_one_document) {
    const Json all = Json::parse(text_of(DeadLetterForm::json, 2, &messages));
    ASSERT_EQ(all.at("dead_letters").size(), 2U);
    EXPECT_EQ(all["dead_letters"][1]["id"], 2);
    const Json expected = Json::parse(R"([
        {"message_id":"m-1","queue":"dead","sent":"2026-11-24T00:15:53.123Z","tries":3,"body":"this is \"no event\"\n"},
        {"message_id":"m-2","queue":"dead","sent":"2026-11-24T00:15:53.124Z","tries":1,"body":"=1+1, and more"}])");
    EXPECT_EQ(all.at("queue_messages"), expected);

    const std::vector<aws::SqsMessage> none;
    EXPECT_EQ(Json::parse(text_of(DeadLetterForm::json, 0, &none)),
              Json::parse(R"({"dead_letters":[],"queue_messages":[]})"));
    EXPECT_EQ(Json::parse(text_of(DeadLetterForm::json, 0, nullptr)), Json::parse(R"({"dead_letters":[]})"));
}

TEST(DeadLetterText, ndjson_is_an_object_a_line) {
    const std::string all = text_of(DeadLetterForm::ndjson, 1, &messages);
    std::vector<Json> lines;
    for (std::size_t at = 0; at < all.size();) {
        const std::size_t end = all.find('\n', at);
        lines.push_back(Json::parse(all.substr(at, end - at)));
        at = end + 1;
    }
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_TRUE(lines[0].contains("id") && !lines[0].contains("message_id"));
    EXPECT_TRUE(!lines[1].contains("id") && lines[1].contains("message_id"));
    EXPECT_EQ(lines[2]["body"], "=1+1, and more");
}

TEST(DeadLetterText, csv_has_one_header_and_guards_cells) {
    EXPECT_EQ(
        text_of(DeadLetterForm::csv, 1, &messages),
        "id,received_at,batch_id,source,line,code,message,bytes\n"
        "1,2026-11-24T00:15:53.123Z,r7f3-b1,sqs:sensors,17,json_invalid,no JSON,{broken\n"
        ",2026-11-24T00:15:53.123Z,m-1,sqs:dead,,dead_message,not stored after 3 tries,\"this is \"\"no "
        "event\"\"\n\"\n"
        ",2026-11-24T00:15:53.124Z,m-2,sqs:dead,,dead_message,not stored after 1 try,\"'=1+1, and more\"\n");
}

TEST(DeadLetterText, a_table_has_no_titles_without_rows) {
    const std::vector<aws::SqsMessage> none;
    EXPECT_EQ(text_of(DeadLetterForm::table, 0, &none), "");
    const std::string all = text_of(DeadLetterForm::table, 1, &messages);
    EXPECT_NE(all.find("RECEIVED"), std::string::npos);
    EXPECT_NE(all.find("TRIES"), std::string::npos);
    EXPECT_NE(all.find("m-2"), std::string::npos);
}

}  // namespace
}  // namespace weir::cli

// SQS, Kinesis, Lambda and CloudFormation: what is asked, and what is read from answers.
#include <gtest/gtest.h>

#include "aws/cloudformation.h"
#include "aws/http_date.h"
#include "aws/kinesis.h"
#include "aws/lambda_invoke.h"
#include "aws/recorded_caller.h"
#include "aws/sqs.h"
#include "aws/xml.h"

namespace weir::aws::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

TEST(Sqs, each_message_of_a_batch_has_a_result_in_its_place) {
    RecordedCaller caller;
    caller.answer(R"({"Failed":[{"Id":"1","SenderFault":true,"Code":"InvalidMessageContents","Message":"m"}],
                      "Successful":[{"Id":"2","MessageId":"M2"},{"Id":"0","MessageId":"M0"},{"Id":"99"}]})");
    const auto sent = make_sqs(caller)->send("https://q", {"a", "b", "c", "d"});
    ASSERT_TRUE(sent) << sent.error().message;
    ASSERT_EQ(sent->size(), 4U);
    EXPECT_EQ((*sent)[0].message_id, "M0");
    EXPECT_FALSE((*sent)[1].sent);
    EXPECT_TRUE((*sent)[1].sender_fault);
    EXPECT_EQ((*sent)[1].code, "InvalidMessageContents");
    EXPECT_TRUE((*sent)[2].sent);
    EXPECT_FALSE((*sent)[3].sent);  // of which the answer says nothing
    EXPECT_FALSE((*sent)[3].sender_fault);
    EXPECT_EQ(caller.asked[0].operation, "SendMessageBatch");
    EXPECT_EQ(caller.asked[0].input()["Entries"][1], json::parse(R"({"Id":"1","MessageBody":"b"})"));
}

TEST(Sqs, more_than_a_request_takes_is_refused_before_it_is_sent) {
    RecordedCaller caller;
    const auto sqs = make_sqs(caller);
    EXPECT_EQ(sqs->send("q", std::vector<std::string>(11, "a")).error().code, ErrorCode::too_large);
    EXPECT_EQ(sqs->send("q", {std::string(max_sqs_bytes, 'a'), "b"}).error().code, ErrorCode::too_large);
    EXPECT_TRUE(sqs->send("q", {})->empty());
    EXPECT_TRUE(caller.asked.empty());
}

TEST(Sqs, a_received_message_tells_how_often_and_since_when) {
    RecordedCaller caller;
    caller.answer(R"({"Messages":[{"MessageId":"M","ReceiptHandle":"H","Body":"b","Attributes":
                      {"ApproximateReceiveCount":"3","SentTimestamp":"1790000000123"}}]})");
    caller.answer("{}");
    const auto sqs = make_sqs(caller);
    const auto messages = sqs->receive("q", 20s, 60s);
    ASSERT_TRUE(messages);
    ASSERT_EQ(messages->size(), 1U);
    EXPECT_EQ((*messages)[0].receive_count, 3);
    EXPECT_EQ((*messages)[0].sent, timestamp_from_ms(1'790'000'000'123));
    EXPECT_EQ(caller.asked[0].input(), json::parse(R"({"QueueUrl":"q","MaxNumberOfMessages":10,
        "WaitTimeSeconds":20,"VisibilityTimeout":60,
        "MessageSystemAttributeNames":["ApproximateReceiveCount","SentTimestamp"]})"));
    EXPECT_GT(caller.asked[0].request.timeout, Duration{20s});
    EXPECT_TRUE(sqs->receive("q", 0s, 60s)->empty());
}

TEST(Sqs, a_handle_that_has_expired_is_no_error) {
    RecordedCaller caller;
    const auto sqs = make_sqs(caller);
    caller.refuse(ErrorCode::refused, "ReceiptHandleIsInvalid");
    EXPECT_TRUE(sqs->remove("q", "h"));
    caller.refuse(ErrorCode::refused, "InvalidParameterValue", "Reason: The receipt handle has expired.");
    EXPECT_TRUE(sqs->remove("q", "h"));
    caller.refuse(ErrorCode::refused, "MessageNotInflight");
    EXPECT_TRUE(sqs->release("q", "h"));
    EXPECT_EQ(caller.asked.back().input()["VisibilityTimeout"], 0);
    caller.refuse(ErrorCode::refused, "InvalidParameterValue", "another");
    EXPECT_FALSE(sqs->remove("q", "h"));
    caller.refuse(ErrorCode::not_found, "QueueDoesNotExist");
    EXPECT_FALSE(sqs->remove("q", "h"));
}

TEST(Sqs, a_queue_is_named_by_url_or_looked_up) {
    RecordedCaller caller;
    const auto sqs = make_sqs(caller);
    EXPECT_EQ(*sqs->queue_url("https://sqs.x/1/q"), "https://sqs.x/1/q");
    EXPECT_TRUE(caller.asked.empty());
    caller.answer(R"({"QueueUrl":"https://sqs.x/1/q"})");
    EXPECT_EQ(*sqs->queue_url("q"), "https://sqs.x/1/q");
    caller.answer(
        R"({"Attributes":{"ApproximateNumberOfMessages":"5","ApproximateNumberOfMessagesNotVisible":"2"}})");
    EXPECT_EQ(*sqs->depth("q"), 7U);
}

TEST(Kinesis, each_record_has_a_result_in_its_place) {
    RecordedCaller caller;
    caller.answer(R"({"FailedRecordCount":1,"Records":[{"SequenceNumber":"1","ShardId":"s"},
        {"ErrorCode":"ProvisionedThroughputExceededException","ErrorMessage":"slow"}]})");
    const auto kinesis = make_kinesis(caller);
    const auto puts = kinesis->put("s", {{"a", std::string("\x00\xff", 2)}, {"b", "x"}});
    ASSERT_TRUE(puts);
    EXPECT_TRUE((*puts)[0].stored);
    EXPECT_FALSE((*puts)[1].stored);
    EXPECT_EQ((*puts)[1].code, "ProvisionedThroughputExceededException");
    EXPECT_EQ(caller.asked[0].input()["Records"][0], json::parse(R"({"Data":"AP8=","PartitionKey":"a"})"));
    caller.answer(R"({"Records":[]})");
    EXPECT_EQ(kinesis->put("s", {{"a", "x"}}).error().reason, "answer-invalid");
    EXPECT_EQ(kinesis->put("s", std::vector<KinesisRecord>(501)).error().code, ErrorCode::too_large);
}

TEST(Kinesis, a_stream_must_be_active) {
    RecordedCaller caller;
    const auto kinesis = make_kinesis(caller);
    caller.answer(R"({"StreamDescriptionSummary":{"StreamStatus":"ACTIVE"}})");
    EXPECT_TRUE(kinesis->check_stream("s"));
    caller.answer(R"({"StreamDescriptionSummary":{"StreamStatus":"CREATING"}})");
    EXPECT_EQ(kinesis->check_stream("s").error().code, ErrorCode::unavailable);
}

TEST(Lambda, a_function_that_failed_is_an_error_with_its_type) {
    RecordedCaller caller;
    const auto lambda = make_lambda_invoke(caller);
    caller.answer(R"({"ok":1})");
    EXPECT_EQ(*lambda->invoke("f", "{}"), R"({"ok":1})");
    EXPECT_EQ(caller.asked[0].request.path, "/2015-03-31/functions/f/invocations");
    EXPECT_GE(caller.asked[0].request.timeout, Duration{15min});
    caller.answer(R"({"errorType":"store-identity","errorMessage":"other window"})", {},
                  {{"x-amz-function-error", "Unhandled"}});
    const auto failed = lambda->invoke("f", "{}");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::refused);
    EXPECT_EQ(failed.error().reason, "store-identity");
    EXPECT_NE(failed.error().message.find("other window"), std::string::npos);
    EXPECT_EQ(lambda->invoke("f", std::string(7'000'000, ' ')).error().code, ErrorCode::too_large);
}

TEST(CloudFormation, outputs_are_read_and_unescaped) {
    RecordedCaller caller;
    caller.answer(R"(<DescribeStacksResponse xmlns="x"><DescribeStacksResult><Stacks><member>
        <Parameters><member><ParameterKey>No</ParameterKey></member></Parameters>
        <Outputs><member><OutputKey>A</OutputKey><OutputValue>https://x/?a=1&amp;b=2</OutputValue></member>
        <member><OutputKey>B</OutputKey><OutputValue/></member></Outputs>
        </member></Stacks></DescribeStacksResult></DescribeStacksResponse>)");
    const auto outputs = stack_outputs(caller, "my weir");
    ASSERT_TRUE(outputs) << outputs.error().message;
    EXPECT_EQ(*outputs, (std::map<std::string, std::string>{{"A", "https://x/?a=1&b=2"}, {"B", ""}}));
    EXPECT_EQ(caller.asked[0].request.body, "Action=DescribeStacks&StackName=my%20weir&Version=2010-05-15");
    caller.answer("<DescribeStacksResponse/>");
    EXPECT_EQ(stack_outputs(caller, "s").error().reason, "answer-invalid");
    caller.refuse(ErrorCode::refused, "ValidationError", "Stack with id s does not exist");
    const Error missing = stack_outputs(caller, "s").error();
    EXPECT_EQ(missing.code, ErrorCode::not_found);
    EXPECT_NE(missing.hint.find("eu-central-1"), std::string::npos);
}

TEST(Xml, what_is_not_well_formed_is_refused) {
    for (const std::string text : {"", "x", "<", "<a", "<a>", "<a></b>", "<a><b></a></b>", "<a>&x;</a>",
                                   "<a>&#xD800;</a>", "<a>&#0;</a>", "<a>&amp</a>", "<a/><b/>", "<a/>x",
                                   "</a>", "<>", "<!DOCTYPE a><a/>", "<a><![CDATA[x</a>", "<a><!-- </a>"})
        EXPECT_FALSE(read_xml(text)) << text;
    std::string deep;
    for (int i = 0; i < 100'000; ++i)
        deep += "<a>";
    EXPECT_FALSE(read_xml(deep));
}

TEST(Xml, text_is_read_as_it_is_meant) {
    const auto root = read_xml(
        "<?xml version='1.0'?><!-- c --><a q='>'>1 &lt;&#x48;&#73;&#x1F600;<![CDATA[<&>]]>"
        "<!-- c --><b/>2</a>\n");
    ASSERT_TRUE(root);
    EXPECT_EQ(root->name, "a");
    EXPECT_EQ(root->text, "1 <HI\xf0\x9f\x98\x80<&>2");
    EXPECT_EQ(root->children.size(), 1U);
}

TEST(HttpDate, only_the_fixed_form_is_read) {
    EXPECT_EQ(read_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), *parse_rfc3339("1994-11-06T08:49:37Z"));
    for (const std::string bad : {"", "Sun, 06 Foo 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                                  "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 anF 1994 08:49:37 GMT"})
        EXPECT_FALSE(read_http_date(bad)) << bad;
}

}  // namespace
}  // namespace weir::aws::test

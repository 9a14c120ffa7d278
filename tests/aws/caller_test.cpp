// The rules of a call: what is tried again, how long is waited, what an error says. Simulated time.
#include <thread>

#include "aws/calling.h"

namespace weir::aws::test {
namespace {

using namespace std::chrono_literals;

TEST(Caller, a_success_is_returned_whole_and_signed) {
    Calling world;
    world.sender->answer(200, R"({"a":1})", {{"x-amzn-RequestId", "R1"}, {"X-Other", "v"}});
    const auto answer = world.call();
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, R"({"a":1})");
    EXPECT_EQ(answer->request_id, "R1");
    EXPECT_EQ(answer->attempts, 1U);
    EXPECT_TRUE(answer->error_code.empty());
    ASSERT_EQ(world.sender->sent.size(), 1U);
    const auto& sent = world.sender->sent.front();
    EXPECT_TRUE(sent.url.tls);
    EXPECT_EQ(sent.url.host, "dynamodb.eu-central-1.amazonaws.com");
    EXPECT_EQ(sent.url.port, 443);
    EXPECT_EQ(sent.target, "/");
    EXPECT_EQ(sent.header("X-Amz-Date"), "20261124T000000Z");
    EXPECT_TRUE(sent.header("Authorization")
                    .starts_with("AWS4-HMAC-SHA256 "
                                 "Credential=AK/20261124/eu-central-1/dynamodb/aws4_request, "
                                 "SignedHeaders=content-type;host;x-amz-date;x-amz-target, "));
    EXPECT_TRUE(sent.header("X-Amz-Security-Token").empty());
    EXPECT_EQ(world.waited(), 0ms);
}

TEST(Caller, each_service_is_asked_where_it_is) {
    Calling world;
    world.sender->answer(200, "{}");
    constexpr Service sqs{"sqs", "sqs", "SQS", "AmazonSQS", "application/x-amz-json-1.0"};
    for (const Service& service : {test_service, sqs, test_service, sqs})
        ASSERT_TRUE(world.caller->call(service, {}));
    std::vector<std::string> hosts;
    for (const auto& sent : world.sender->sent)
        hosts.push_back(sent.url.host);
    EXPECT_EQ(hosts, (std::vector<std::string>{
                         "dynamodb.eu-central-1.amazonaws.com", "sqs.eu-central-1.amazonaws.com",
                         "dynamodb.eu-central-1.amazonaws.com", "sqs.eu-central-1.amazonaws.com"}));
}

TEST(Caller, server_errors_are_tried_again_after_50_ms_doubled) {
    for (const unsigned status : {500U, 502U, 503U, 504U}) {
        Calling world{4};
        for (int i = 0; i < 3; ++i)
            world.sender->answer(status, "");
        world.sender->answer(200, "{}");
        const auto answer = world.call();
        ASSERT_TRUE(answer) << status;
        EXPECT_EQ(answer->attempts, 4U);
        EXPECT_EQ(world.waited(), 50ms + 100ms + 200ms);
    }
}

TEST(Caller, lost_connections_are_tried_again) {
    for (const std::string reason : {"connect-failed", "connection-lost", "timeout", "answer-invalid"}) {
        Calling world;
        world.sender->lose(reason);
        world.sender->answer(200, "{}");
        EXPECT_TRUE(world.call()) << reason;
        EXPECT_EQ(world.sender->sent.size(), 2U) << reason;
    }
}

TEST(Caller, each_try_is_signed_with_the_time_it_is_made) {
    Calling world;
    world.sender->answer(400, error_body("ThrottlingException"));
    world.sender->answer(200, "{}");
    ASSERT_TRUE(world.call());
    EXPECT_EQ(world.sender->sent[0].header("X-Amz-Date"), "20261124T000000Z");
    EXPECT_EQ(world.sender->sent[1].header("X-Amz-Date"), "20261124T000001Z");
}

TEST(Caller, throttles_wait_from_a_second_on_and_20_s_at_most) {
    for (const std::string code :
         {"Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled",
          "RequestThrottledException", "TooManyRequestsException", "ProvisionedThroughputExceededException",
          "TransactionInProgressException", "RequestLimitExceeded", "BandwidthLimitExceeded",
          "LimitExceededException", "SlowDown", "EC2ThrottledException"}) {
        Calling world{8};
        world.sender->answer(400, error_body(code));
        const auto answer = world.call();
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code, ErrorCode::overloaded) << code;
        EXPECT_EQ(answer.error().reason, code);
        EXPECT_EQ(world.waited(), 1s + 2s + 4s + 8s + 16s + 20s + 20s) << code;
        EXPECT_EQ(world.sender->sent.size(), 8U);
    }
}

TEST(Caller, waits_are_jittered_from_nothing_to_the_whole) {
    Calling world{2};
    world.random = 0.25;
    world.sender->answer(400, error_body("ThrottlingException"));
    ASSERT_FALSE(world.call());
    EXPECT_EQ(world.waited(), 250ms);
    world.random = 0;
    world.start = world.clock.now();
    ASSERT_FALSE(world.call());
    EXPECT_EQ(world.waited(), 0ms);
}

TEST(Caller, a_services_wish_to_wait_is_followed_within_bounds) {
    const auto wait_for = [](const std::string& wish) {
        Calling world{2};
        world.sender->answer(503, "", {{"x-amz-retry-after", wish}});
        world.sender->answer(200, "{}");
        EXPECT_TRUE(world.call());
        return world.waited();
    };
    EXPECT_EQ(wait_for("1500"), 1500ms);
    EXPECT_EQ(wait_for("600000"), 50ms + 5s);
    EXPECT_EQ(wait_for("1"), 50ms);
    EXPECT_EQ(wait_for("soon"), 50ms);
}

TEST(Caller, other_refusals_are_not_tried_again) {
    for (const std::string code : {"ValidationException", "ConditionalCheckFailedException",
                                   "AccessDeniedException", "ResourceNotFoundException"}) {
        Calling world;
        world.sender->answer(400, error_body(code));
        const auto answer = world.call();
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().reason, code);
        EXPECT_EQ(world.sender->sent.size(), 1U) << code;
    }
}

TEST(Caller, an_untrusted_certificate_is_not_tried_again) {
    Calling world;
    world.sender->lose("certificate-invalid");
    const auto answer = world.call();
    ASSERT_FALSE(answer);
    EXPECT_NE(answer.error().hint.find("AWS_CA_BUNDLE"), std::string::npos);
    EXPECT_EQ(world.sender->sent.size(), 1U);
}

TEST(Caller, a_damaged_answer_is_asked_for_again) {
    Calling world;
    world.sender->answer(200, R"({"a":1)", {{"x-amz-crc32", "1"}});
    // CRC-32 of "123456789" is 0xcbf43926 (the check value of its definition).
    world.sender->answer(200, "123456789", {{"x-amz-crc32", "3421780262"}});
    const auto answer = world.call();
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "123456789");
    EXPECT_EQ(answer->attempts, 2U);
    world.sender->answer(200, "123456780", {{"x-amz-crc32", "3421780262"}});
    ASSERT_TRUE(world.call());  // the one before, once more
    const auto damaged = world.call();
    ASSERT_FALSE(damaged);
    EXPECT_EQ(damaged.error().code, ErrorCode::unreachable);
    EXPECT_EQ(damaged.error().reason, "checksum-mismatch");
}

TEST(Caller, the_budget_ends_retries_of_a_service_that_fails) {
    Calling world{2};
    world.random = 0;
    world.sender->answer(500, "");
    for (int i = 0; i < 100; ++i)  // 500 tokens, 5 each
        ASSERT_FALSE(world.call());
    EXPECT_EQ(world.sender->sent.size(), 200U);
    const auto answer = world.call();
    ASSERT_FALSE(answer);
    EXPECT_EQ(world.sender->sent.size(), 201U);
    EXPECT_NE(answer.error().message.find("too many calls fail"), std::string::npos);
}

TEST(Caller, timeouts_cost_twice_as_much) {
    Calling world{2};
    world.random = 0;
    world.sender->lose("timeout");
    for (int i = 0; i < 60; ++i)
        ASSERT_FALSE(world.call());
    EXPECT_EQ(world.sender->sent.size(), 50U * 2 + 10);
}

TEST(RetryBudget, successes_give_back_what_the_last_retry_cost) {
    RetryBudget budget;
    for (int i = 0; i < 100; ++i)
        ASSERT_TRUE(budget.take(5));
    EXPECT_FALSE(budget.take(5));
    budget.refund(5);
    EXPECT_TRUE(budget.take(5));
    for (int i = 0; i < 4; ++i)
        budget.refund(1);
    EXPECT_FALSE(budget.take(5));
    budget.refund(1);
    EXPECT_TRUE(budget.take(5));
    budget.refund(10'000);
    EXPECT_TRUE(budget.take(RetryBudget::capacity));
    EXPECT_FALSE(budget.take(1));
}

TEST(Caller, expired_credentials_are_renewed_once_and_at_once) {
    for (const std::string code : {"ExpiredTokenException", "ExpiredToken"}) {
        Calling world{1, {{"OLD", "SK", "T1", {}, "the test"}, {"NEW", "SK", "T2", {}, "the test"}}};
        world.sender->answer(400, error_body(code));
        world.sender->answer(200, "{}");
        ASSERT_TRUE(world.call());
        EXPECT_EQ(world.waited(), 0ms);
        EXPECT_EQ(world.sender->sent[0].header("X-Amz-Security-Token"), "T1");
        EXPECT_EQ(world.sender->sent[1].header("X-Amz-Security-Token"), "T2");
        EXPECT_NE(world.sender->sent[1].header("Authorization").find("Credential=NEW/"), std::string::npos);
    }
    Calling world;
    world.sender->answer(400, error_body("ExpiredTokenException"));
    const auto answer = world.call();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::unauthorized);
    EXPECT_NE(answer.error().hint.find("renew"), std::string::npos);
    EXPECT_EQ(world.sender->sent.size(), 2U);
    EXPECT_EQ(world.source->loads, 2U);
}

TEST(Caller, a_clock_that_is_off_is_corrected_once) {
    for (const std::string code :
         {"RequestTimeTooSkewed", "SignatureDoesNotMatch", "RequestExpired", "InvalidSignatureException"}) {
        Calling world{1};
        world.sender->answer(403, error_body(code), {{"Date", "Tue, 24 Nov 2026 00:20:00 GMT"}});
        world.sender->answer(200, "{}");
        ASSERT_TRUE(world.call()) << code;
        EXPECT_EQ(world.sender->sent[1].header("X-Amz-Date"), "20261124T002000Z");
        ASSERT_TRUE(world.call());  // later calls go by AWS's clock at once
        EXPECT_EQ(world.sender->sent[2].header("X-Amz-Date"), "20261124T002000Z");
    }
}

TEST(Caller, a_clock_that_stays_off_is_told_in_seconds) {
    Calling world;
    world.sender->answer(403, error_body("RequestTimeTooSkewed"),
                         {{"Date", "Mon, 23 Nov 2026 23:50:00 GMT"}});
    const auto answer = world.call();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::unauthorized);
    EXPECT_NE(answer.error().message.find("600 s ahead of"), std::string::npos) << answer.error().message;
    EXPECT_EQ(world.sender->sent.size(), 2U);
}

TEST(Caller, a_wrong_secret_is_no_matter_of_the_clock) {
    Calling world;
    world.sender->answer(403, error_body("SignatureDoesNotMatch"),
                         {{"Date", "Tue, 24 Nov 2026 00:00:02 GMT"}});
    const auto answer = world.call();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::unauthorized);
    EXPECT_EQ(world.sender->sent.size(), 1U);
}

TEST(Caller, an_error_says_what_where_and_what_to_do) {
    Calling world;
    world.sender->answer(400, error_body("AccessDeniedException", "User: x is not authorized to perform: y"),
                         {{"x-amzn-RequestId", "R9"}});
    const Error error = world.call().error();
    EXPECT_EQ(error.code, ErrorCode::unauthorized);
    EXPECT_EQ(error.message,
              "dynamodb PutItem failed with AccessDeniedException: User: x is not authorized to "
              "perform: y (request id R9)");
    EXPECT_NE(error.hint.find("dynamodb:PutItem"), std::string::npos);
    EXPECT_NE(error.hint.find("the test"), std::string::npos);
}

TEST(Caller, errors_are_told_apart_by_kind) {
    const auto kind = [](unsigned status, const std::string& body) {
        Calling world{1};
        world.sender->answer(status, body);
        return world.call().error().code;
    };
    EXPECT_EQ(kind(400, error_body("UnrecognizedClientException")), ErrorCode::unauthorized);
    EXPECT_EQ(kind(403, "<html>"), ErrorCode::unauthorized);
    EXPECT_EQ(kind(400, error_body("QueueDoesNotExist")), ErrorCode::not_found);
    EXPECT_EQ(kind(404, ""), ErrorCode::not_found);
    EXPECT_EQ(kind(429, ""), ErrorCode::overloaded);
    EXPECT_EQ(kind(413, ""), ErrorCode::too_large);
    EXPECT_EQ(kind(400, error_body("ConditionalCheckFailedException")), ErrorCode::conflict);
    EXPECT_EQ(kind(400, error_body("TransactionConflictException")), ErrorCode::conflict);
    EXPECT_EQ(kind(400, error_body("ValidationException")), ErrorCode::refused);
    EXPECT_EQ(kind(400, error_body("ValidationException", "Item size has exceeded the maximum allowed size")),
              ErrorCode::too_large);
    EXPECT_EQ(kind(503, ""), ErrorCode::unavailable);
    EXPECT_EQ(kind(302, ""), ErrorCode::refused);
}

TEST(Caller, codes_of_all_protocols_are_read) {
    const auto reason = [](const std::string& body,
                           std::vector<std::pair<std::string, std::string>> headers) {
        Calling world{1};
        world.sender->answer(400, body, std::move(headers));
        return world.call().error().reason;
    };
    EXPECT_EQ(reason(R"({"__type":"X","Message":"capital"})", {}), "X");
    EXPECT_EQ(reason(R"({"code":"Y"})", {}), "Y");
    EXPECT_EQ(reason(R"({"Message":"m"})", {{"x-amzn-ErrorType", "Z:http://internal"}}), "Z");
    EXPECT_EQ(reason("<ErrorResponse><Error><Type>Sender</Type><Code>V</Code></Error></ErrorResponse>", {}),
              "V");
    EXPECT_EQ(reason("<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code></Error>", {}), "NoSuchKey");
    EXPECT_EQ(reason("no such thing", {}), "HTTP 400");
}

TEST(Caller, an_expected_error_is_an_answer) {
    Calling world;
    world.sender->answer(400, error_body("ConditionalCheckFailedException"));
    const auto answer = world.call({"ConditionalCheckFailedException"});
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->error_code, "ConditionalCheckFailedException");
    EXPECT_EQ(answer->status, 400U);
}

TEST(Caller, cancel_ends_running_and_later_calls) {
    Calling world;
    world.sender->then([&](const ScriptedSender::Sent&) -> Result<http::Response> {
        world.caller->cancel();
        return fail(ErrorCode::unreachable, "connection-lost", "lost");
    });
    EXPECT_EQ(world.call().error().reason, "cancelled");
    EXPECT_EQ(world.call().error().code, ErrorCode::interrupted);
    EXPECT_EQ(world.sender->sent.size(), 1U);
}

TEST(Caller, cancel_from_another_thread_ends_a_wait) {
    Calling world{2};
    std::thread other;
    world.sender->then([&](const ScriptedSender::Sent&) -> Result<http::Response> {
        other = std::thread{[&] { world.caller->cancel(); }};
        other.join();
        return fail(ErrorCode::unreachable, "timeout", "late");
    });
    EXPECT_EQ(world.call().error().reason, "cancelled");
    EXPECT_EQ(world.waited(), 0ms);
}

}  // namespace
}  // namespace weir::aws::test

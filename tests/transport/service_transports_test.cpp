// The SQS and Kinesis transports over stand-ins of the services' interfaces.
#include <algorithm>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "codec/compression.h"
#include "codec/message_envelope.h"
#include "transport/fake_services.h"
#include "transport/kinesis_transport.h"
#include "transport/sqs_transport.h"

namespace weir {
namespace {

using test::FakeKinesis;
using test::FakeSqs;
using test::send_together;

const std::string line = "{\"event_id\":\"r7f3-000001\",\"ts\":1790000000000}\n";
OutgoingBatch batch(int number, std::string body = line) {
    return {"r7f3-b" + std::to_string(number), std::move(body), "application/x-ndjson", "", 7};
}

aws::SqsSent sqs_error(bool sender_fault, std::string code) {
    return {false, sender_fault, std::move(code), "no", ""};
}

Delivery send_to(FakeSqs& sqs, const OutgoingBatch& outgoing) {
    return make_sqs_transports(sqs, "sensors").value()()->send(outgoing);
}

void expect_acknowledged(const Delivery& delivery, const OutgoingBatch& sent) {
    ASSERT_EQ(delivery.outcome, Delivery::Outcome::acknowledged) << delivery.error.message;
    EXPECT_EQ(delivery.verdict.batch_id, sent.batch_id);
    EXPECT_EQ(delivery.verdict.received, sent.events);
    EXPECT_EQ(delivery.verdict.stored, sent.events);
    EXPECT_EQ(delivery.verdict.duplicates + delivery.verdict.rejected + delivery.verdict.late, 0U);
}

TEST(SqsTransport, a_batch_is_one_message_with_its_envelope) {
    FakeSqs sqs;
    OutgoingBatch outgoing = batch(1, zstd_compress(line));
    outgoing.content_encoding = "zstd";
    expect_acknowledged(send_to(sqs, outgoing), outgoing);
    ASSERT_EQ(sqs.requests.seen().size(), 1U);
    const auto message = read_message(sqs.requests.seen()[0].at(0), MessageForm::text, {});
    ASSERT_TRUE(message);
    EXPECT_EQ(message->batch_id, "r7f3-b1");
    EXPECT_EQ(message->body, line);
}

TEST(KinesisTransport, a_batch_is_one_record_under_its_id) {
    FakeKinesis kinesis;
    OutgoingBatch outgoing = batch(1, zstd_compress(line));
    outgoing.content_encoding = "zstd";
    expect_acknowledged(make_kinesis_transports(kinesis, "sensors").value()()->send(outgoing), outgoing);
    const aws::KinesisRecord record = kinesis.requests.seen().at(0).at(0);
    EXPECT_EQ(record.partition_key, "r7f3-b1");
    const auto message = read_message(record.data, MessageForm::binary, {});
    ASSERT_TRUE(message);
    EXPECT_EQ(message->body, line);
}

TEST(SqsTransport, batches_that_wait_go_as_one_request) {
    FakeSqs sqs;
    const auto make = make_sqs_transports(sqs, "sensors").value();
    const auto deliveries = send_together(sqs, make, 8, [](int i) { return batch(i); });
    for (int i = 0; i < 8; ++i)
        expect_acknowledged(deliveries[static_cast<std::size_t>(i)], batch(i + 1));
    ASSERT_EQ(sqs.requests.seen().size(), 2U);
    EXPECT_EQ(sqs.requests.seen()[0].size(), 1U);
    EXPECT_EQ(sqs.requests.seen()[1].size(), 7U);
}

TEST(SqsTransport, a_request_keeps_within_the_services_limits) {
    FakeSqs sqs;
    const auto make = make_sqs_transports(sqs, "sensors").value();
    // 25 small ones: no request over ten. Then ones of 300,000 bytes: at most three fit into 1 MiB.
    send_together(sqs, make, 25, [](int i) { return batch(i); });
    const auto deliveries =
        send_together(sqs, make, 7, [](int i) { return batch(i, std::string(300'000, ' ')); });
    for (const Delivery& delivery : deliveries)
        EXPECT_EQ(delivery.outcome, Delivery::Outcome::acknowledged);
    std::size_t sent = 0;
    for (const auto& request : sqs.requests.seen()) {
        std::size_t bytes = 0;
        for (const std::string& body : request)
            bytes += body.size();
        EXPECT_LE(request.size(), 10U);
        EXPECT_LE(bytes, 1'048'576U);
        sent += request.size();
    }
    EXPECT_EQ(sent, 32U);
}

TEST(KinesisTransport, a_request_keeps_within_the_services_limits) {
    FakeKinesis kinesis;
    const auto make = make_kinesis_transports(kinesis, "sensors").value();
    send_together(kinesis, make, 12, [](int i) { return batch(i, std::string(1'000'000, ' ')); });
    std::size_t sent = 0;
    for (const auto& request : kinesis.requests.seen()) {
        std::size_t bytes = 0;
        for (const auto& record : request)
            bytes += record.data.size() + record.partition_key.size();
        EXPECT_LE(request.size(), 500U);
        EXPECT_LE(bytes, 5'000'000U);
        sent += request.size();
    }
    EXPECT_EQ(sent, 12U);
    EXPECT_LT(kinesis.requests.seen().size(), 12U);
}

TEST(SqsTransport, each_message_has_the_answer_that_is_its_own) {
    FakeSqs sqs;
    sqs.requests.answer = [](const std::vector<std::string>& bodies) {
        std::vector<aws::SqsSent> answers;
        for (const std::string& body : bodies) {
            if (body.find("-b2\"") != std::string::npos)
                answers.push_back(sqs_error(true, "InvalidMessageContents"));
            else if (body.find("-b3\"") != std::string::npos)
                answers.push_back(sqs_error(false, "InternalError"));
            else if (body.find("-b4\"") != std::string::npos)
                answers.push_back(sqs_error(false, "RequestThrottled"));
            else
                answers.push_back({true, false, "", "", "id"});
        }
        return answers;
    };
    const auto make = make_sqs_transports(sqs, "sensors").value();
    const auto deliveries = send_together(sqs, make, 6, [](int i) { return batch(i); });
    expect_acknowledged(deliveries[0], batch(1));
    EXPECT_EQ(deliveries[1].outcome, Delivery::Outcome::refused);
    EXPECT_EQ(deliveries[1].error.reason, "InvalidMessageContents");
    EXPECT_NE(deliveries[1].error.message.find("r7f3-b2"), std::string::npos);
    EXPECT_EQ(deliveries[2].outcome, Delivery::Outcome::retry);
    EXPECT_EQ(deliveries[2].retry_after, Duration{0});
    EXPECT_EQ(deliveries[3].outcome, Delivery::Outcome::retry);
    EXPECT_GT(deliveries[3].retry_after, Duration{0});
    expect_acknowledged(deliveries[4], batch(5));
    expect_acknowledged(deliveries[5], batch(6));
}

TEST(KinesisTransport, a_record_that_was_not_stored_is_tried_again) {
    FakeKinesis kinesis;
    kinesis.requests.answer = [](const std::vector<aws::KinesisRecord>& records) {
        std::vector<aws::KinesisPut> answers;
        for (const auto& record : records)
            answers.push_back(
                record.partition_key == "r7f3-b2"
                    ? aws::KinesisPut{false, "ProvisionedThroughputExceededException", "Rate exceeded"}
                : record.partition_key == "r7f3-b3" ? aws::KinesisPut{false, "InternalFailure", "no"}
                                                    : aws::KinesisPut{true, "", ""});
        return answers;
    };
    const auto make = make_kinesis_transports(kinesis, "sensors").value();
    const auto deliveries = send_together(kinesis, make, 4, [](int i) { return batch(i); });
    expect_acknowledged(deliveries[0], batch(1));
    EXPECT_EQ(deliveries[1].outcome, Delivery::Outcome::retry);
    EXPECT_EQ(deliveries[1].error.code, ErrorCode::overloaded);
    EXPECT_GT(deliveries[1].retry_after, Duration{0});
    EXPECT_EQ(deliveries[2].outcome, Delivery::Outcome::retry);
    EXPECT_EQ(deliveries[2].error.reason, "InternalFailure");
    expect_acknowledged(deliveries[3], batch(4));
}

TEST(SqsTransport, a_failed_request_is_retried_or_refused_by_its_kind) {
    using Outcome = Delivery::Outcome;
    const std::vector<std::tuple<ErrorCode, Outcome, bool>> cases{
        {ErrorCode::unreachable, Outcome::retry, false}, {ErrorCode::unavailable, Outcome::retry, false},
        {ErrorCode::overloaded, Outcome::retry, true},   {ErrorCode::conflict, Outcome::retry, false},
        {ErrorCode::interrupted, Outcome::retry, false}, {ErrorCode::unauthorized, Outcome::refused, false},
        {ErrorCode::not_found, Outcome::refused, false}, {ErrorCode::refused, Outcome::refused, false}};
    for (const auto& [code, outcome, waits] : cases) {
        FakeSqs sqs;
        sqs.requests.answer = [code = code](const auto&) -> Result<std::vector<aws::SqsSent>> {
            return fail(code, "SomeCode", "something");
        };
        const Delivery delivery = send_to(sqs, batch(1));
        EXPECT_EQ(delivery.outcome, outcome) << static_cast<int>(code);
        EXPECT_EQ(delivery.error.code, code);
        EXPECT_EQ(delivery.error.reason, "SomeCode");
        EXPECT_EQ(delivery.retry_after > Duration{0}, waits);
    }
}

TEST(SqsTransport, a_message_that_spoils_its_request_harms_no_other) {
    FakeSqs sqs;
    sqs.requests.answer = [](const std::vector<std::string>& bodies) -> Result<std::vector<aws::SqsSent>> {
        for (const std::string& body : bodies)
            if (body.find("-b3\"") != std::string::npos)
                return fail(ErrorCode::refused, "InvalidParameterValue", "something is wrong");
        return std::vector<aws::SqsSent>(bodies.size(), aws::SqsSent{true, false, "", "", "id"});
    };
    const auto make = make_sqs_transports(sqs, "sensors").value();
    const auto deliveries = send_together(sqs, make, 5, [](int i) { return batch(i); });
    for (std::size_t i = 0; i < 5; ++i)
        EXPECT_EQ(deliveries[i].outcome,
                  i == 2 ? Delivery::Outcome::refused : Delivery::Outcome::acknowledged);
}

TEST(SqsTransport, a_message_over_the_limit_is_refused_and_not_sent) {
    FakeSqs sqs;
    const std::size_t envelope =
        write_message({"r7f3-b1", "application/x-ndjson", ""}, "", MessageForm::text).size();
    expect_acknowledged(send_to(sqs, batch(1, std::string(1'048'576 - envelope, ' '))), batch(1));
    const Delivery delivery = send_to(sqs, batch(1, std::string(1'048'576 - envelope + 1, ' ')));
    EXPECT_EQ(delivery.outcome, Delivery::Outcome::refused);
    EXPECT_EQ(delivery.error.code, ErrorCode::too_large);
    EXPECT_NE(delivery.error.message.find("1,048,577"), std::string::npos) << delivery.error.message;
    EXPECT_NE(delivery.error.hint.find("--batch-bytes"), std::string::npos);
    EXPECT_NE(delivery.error.hint.find("--batch-events"), std::string::npos);
    EXPECT_TRUE(delivery.nothing_sent);
    EXPECT_EQ(sqs.requests.seen().size(), 1U);
}

TEST(SqsTransport, one_event_over_the_limit_is_named_and_smaller_batches_are_not_advised) {
    FakeSqs sqs;
    OutgoingBatch outgoing = batch(3, std::string(1'048'576, ' '));
    outgoing.events = 1;
    outgoing.first_sequence = 1'234;
    const Delivery plain = send_to(sqs, outgoing);
    EXPECT_EQ(plain.outcome, Delivery::Outcome::refused);
    EXPECT_TRUE(plain.nothing_sent);
    EXPECT_EQ(plain.error.reason, "event-too-large");
    EXPECT_EQ(plain.error.message.find("event 1,234 of the run, alone in batch r7f3-b3, makes a message of "),
              0U)
        << plain.error.message;
    EXPECT_NE(plain.error.message.find("takes at most 1,048,576: nothing of it was sent"), std::string::npos)
        << plain.error.message;
    EXPECT_EQ(plain.error.hint, "shorten the event, or send with --compress zstd");
    outgoing.content_encoding = "zstd";
    EXPECT_EQ(send_to(sqs, outgoing).error.hint, "shorten the event");
    EXPECT_TRUE(sqs.requests.seen().empty());
}

TEST(KinesisTransport, a_record_over_the_limit_is_refused_and_not_sent) {
    FakeKinesis kinesis;
    const auto make = make_kinesis_transports(kinesis, "sensors").value();
    const Delivery delivery = make()->send(batch(1, std::string(1'048'576, ' ')));
    EXPECT_EQ(delivery.outcome, Delivery::Outcome::refused);
    EXPECT_EQ(delivery.error.code, ErrorCode::too_large);
    EXPECT_NE(delivery.error.hint.find("--batch-bytes"), std::string::npos);
    EXPECT_TRUE(kinesis.requests.seen().empty());
}

TEST(ServiceTransports, what_is_not_there_is_said_before_anything_is_sent) {
    FakeSqs sqs;
    const auto queue = make_sqs_transports(sqs, "missing");
    ASSERT_FALSE(queue);
    EXPECT_EQ(queue.error().code, ErrorCode::not_found);
    EXPECT_NE(queue.error().message.find("missing"), std::string::npos);
    EXPECT_NE(queue.error().hint.find("region"), std::string::npos);
    FakeKinesis kinesis;
    const auto stream = make_kinesis_transports(kinesis, "missing");
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().code, ErrorCode::not_found);
}

TEST(ServiceTransports, cancel_ends_a_running_and_a_waiting_send_and_every_later_one) {
    FakeSqs sqs;
    sqs.requests.answer = [](const auto&) -> Result<std::vector<aws::SqsSent>> {
        return fail(ErrorCode::interrupted, "cancelled", "cancelled");
    };
    // As Caller::cancel does, it ends the request that is running.
    const auto make = make_sqs_transports(sqs, "sensors", [&] { sqs.requests.gate.open(); }).value();
    const auto running = make(), waiting = make();
    sqs.requests.gate.close();
    Delivery first, second;
    std::thread sending([&] { first = running->send(batch(1)); });
    sqs.requests.wait_for(1);
    std::thread queued([&] { second = waiting->send(batch(2)); });
    waiting->cancel();
    queued.join();
    running->cancel();
    sending.join();
    for (const Delivery& delivery : {first, second, running->send(batch(3)), waiting->send(batch(4))}) {
        EXPECT_EQ(delivery.outcome, Delivery::Outcome::retry);
        EXPECT_EQ(delivery.error.code, ErrorCode::interrupted);
    }
}

TEST(ServiceTransports, many_threads_lose_and_mix_up_nothing) {
    FakeSqs sqs;
    std::mutex mutex;
    std::vector<std::string> taken;
    sqs.requests.answer = [&](const std::vector<std::string>& bodies) {
        std::vector<aws::SqsSent> answers;
        const std::lock_guard lock(mutex);
        for (const std::string& body : bodies) {
            const std::string id = read_message(body, MessageForm::text, {})->batch_id;
            // Every third batch is the sender's fault: the answer must reach that sender.
            const bool bad = std::stoi(id.substr(id.find('b') + 1)) % 3 == 0;
            if (!bad) taken.push_back(id);
            answers.push_back(bad ? sqs_error(true, id) : aws::SqsSent{true, false, "", "", id});
        }
        return answers;
    };
    const auto make = make_sqs_transports(sqs, "sensors").value();
    std::vector<std::thread> threads;
    constexpr int senders = 16, each = 200;
    for (int sender = 0; sender < senders; ++sender)
        threads.emplace_back([&, sender] {
            const auto transport = make();
            for (int i = 0; i < each; ++i) {
                const OutgoingBatch outgoing = batch(sender * each + i);
                const Delivery delivery = transport->send(outgoing);
                if ((sender * each + i) % 3 == 0)
                    EXPECT_EQ(delivery.error.reason, outgoing.batch_id);
                else
                    EXPECT_EQ(delivery.verdict.batch_id, outgoing.batch_id);
            }
        });
    for (std::thread& thread : threads)
        thread.join();
    std::sort(taken.begin(), taken.end());
    EXPECT_EQ(std::unique(taken.begin(), taken.end()), taken.end());
    EXPECT_EQ(taken.size(), static_cast<std::size_t>(senders * each - (senders * each + 2) / 3));
}

}  // namespace
}  // namespace weir

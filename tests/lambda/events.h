#pragma once

#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/json_string.h"
#include "base/time.h"

namespace weir::lambda::test {

// The moment at which everything in these tests happens.
inline Timestamp now() {
    return *parse_rfc3339("2026-11-24T00:15:53.123Z");
}

// One sensor reading as a line.
inline std::string event_line(const std::string& id, const std::string& county = "Delaware",
                              const std::string& ts = "2026-11-24T00:15:50.000Z") {
    return fmt::format(R"({{"event_id":"{}","ts":"{}","County":"{}"}})", id, ts, county);
}

struct Message {
    std::string id;
    std::string body;
    Timestamp sent = now();
};

// The event that SQS invokes a function with (Lambda Developer Guide, "Using Lambda with Amazon SQS").
inline std::string sqs_event(const std::vector<Message>& messages) {
    std::string json = R"({"Records":[)";
    for (const Message& message : messages) {
        if (json.back() == '}') json += ',';
        json += fmt::format(
            R"({{"messageId":{},"receiptHandle":"AQEB","body":{},"attributes":{{"ApproximateReceiveCount":"1",)"
            R"("SentTimestamp":"{}","SenderId":"AIDA","ApproximateFirstReceiveTimestamp":"1545082649185"}},)"
            R"("messageAttributes":{{}},"md5OfBody":"e4e6","eventSource":"aws:sqs",)"
            R"("eventSourceARN":"arn:aws:sqs:us-east-2:123456789012:sensors","awsRegion":"us-east-2"}})",
            json_string(message.id), json_string(message.body), to_ms(message.sent));
    }
    return json + "]}";
}

// The event that Kinesis invokes a function with; Message::id is the sequence number.
inline std::string kinesis_event(const std::vector<Message>& messages) {
    std::string json = R"({"Records":[)";
    for (const Message& message : messages) {
        if (json.back() == '}') json += ',';
        json += fmt::format(
            R"({{"kinesis":{{"kinesisSchemaVersion":"1.0","partitionKey":"1","sequenceNumber":{},"data":"{}",)"
            R"("approximateArrivalTimestamp":{}.{:03}}},"eventSource":"aws:kinesis","eventVersion":"1.0",)"
            R"("eventID":{},"eventName":"aws:kinesis:record","invokeIdentityArn":"arn:aws:iam::1:role/r",)"
            R"("awsRegion":"us-east-2","eventSourceARN":"arn:aws:kinesis:us-east-2:123456789012:stream/sensors"}})",
            json_string(message.id), base64_encode(message.body), to_ms(message.sent) / 1000,
            to_ms(message.sent) % 1000, json_string("shardId-000000000006:" + message.id));
    }
    return json + "]}";
}

}  // namespace weir::lambda::test

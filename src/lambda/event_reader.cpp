#include "lambda/event_reader.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <simdjson.h>

namespace weir::lambda {
namespace {

using simdjson::dom::element;

tl::unexpected<Error> unknown(std::string problem) {
    return fail(ErrorCode::invalid, "event-unknown",
                "the event is not what SQS or Kinesis sends to a function: " + std::move(problem),
                "this function is invoked by an event source mapping (see deploy/template.yaml)");
}

std::string_view text(const element& object, std::string_view name) {
    std::string_view value;
    return object[name].get_string().get(value) == simdjson::SUCCESS ? value : std::string_view{};
}

// "arn:aws:sqs:eu-west-1:123456789012:sensors", "arn:aws:kinesis:eu-west-1:123456789012:stream/sensors"
std::string_view resource_of(std::string_view arn) {
    const std::size_t at = arn.find_last_of(":/");
    return at == std::string_view::npos ? arn : arn.substr(at + 1);
}

bool is_representable(std::int64_t ms) {
    return ms > 0 && ms <= to_ms(max_timestamp);
}

std::optional<Timestamp> sent_timestamp(const element& record) {
    std::string_view digits;
    if (record["attributes"]["SentTimestamp"].get_string().get(digits) != simdjson::SUCCESS)
        return std::nullopt;
    std::int64_t ms = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), ms);
    if (error != std::errc{} || end != digits.data() + digits.size() || !is_representable(ms))
        return std::nullopt;
    return timestamp_from_ms(ms);
}

// Seconds with a fraction.
std::optional<Timestamp> arrival_timestamp(const element& record) {
    double seconds = 0;
    if (record["kinesis"]["approximateArrivalTimestamp"].get_double().get(seconds) != simdjson::SUCCESS ||
        !(seconds > 0 && seconds < 1e11))
        return std::nullopt;
    const std::int64_t ms = std::llround(seconds * 1000);
    return is_representable(ms) ? std::optional(timestamp_from_ms(ms)) : std::nullopt;
}

ReceivedMessage sqs_message(const element& record) {
    const std::string_view id = text(record, "messageId");
    return {id, id, text(record, "body"), sent_timestamp(record)};
}

ReceivedMessage kinesis_message(const element& record) {
    element kinesis;
    if (record["kinesis"].get(kinesis) != simdjson::SUCCESS) return {};
    return {text(kinesis, "sequenceNumber"), text(record, "eventID"), text(kinesis, "data"),
            arrival_timestamp(record)};
}

}  // namespace

struct EventReader::Impl {
    simdjson::dom::parser parser;
};

EventReader::EventReader() : impl_(std::make_unique<Impl>()) {}
EventReader::~EventReader() = default;

Result<ReceivedEvent> EventReader::read(const std::string& json) {
    element root;
    const bool copies = json.capacity() - json.size() < simdjson::SIMDJSON_PADDING;
    if (const auto error = impl_->parser.parse(json.data(), json.size(), copies).get(root);
        error != simdjson::SUCCESS)
        return unknown(fmt::format("it is no JSON ({})", simdjson::error_message(error)));
    simdjson::dom::array records;
    if (root["Records"].get_array().get(records) != simdjson::SUCCESS)
        return unknown("it has no array Records");
    ReceivedEvent event;
    event.messages.reserve(records.size());
    std::string_view source;
    for (const element record : records) {
        const std::string_view from = text(record, "eventSource");
        if (event.messages.empty()) {
            source = from;
            if (source != "aws:sqs" && source != "aws:kinesis")
                return unknown("the eventSource of its first record is neither aws:sqs nor aws:kinesis");
            event.source = source == "aws:sqs" ? EventSource::sqs : EventSource::kinesis;
            event.from = fmt::format("{}:{}", source.substr(4), resource_of(text(record, "eventSourceARN")));
        } else if (from != source) {
            return unknown("its records are of several sources");
        }
        event.messages.push_back(event.source == EventSource::sqs ? sqs_message(record)
                                                                  : kinesis_message(record));
        if (event.messages.back().item_id.empty() || event.messages.back().own_id.empty())
            return unknown(
                fmt::format("record {} has no {}", event.messages.size(),
                            event.source == EventSource::sqs ? "messageId" : "sequenceNumber or eventID"));
    }
    return event;
}

}  // namespace weir::lambda

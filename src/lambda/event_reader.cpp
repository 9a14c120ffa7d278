#include "lambda/event_reader.h"

#include <charconv>
#include <cmath>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/json_unescape.h"

namespace weir::lambda {
namespace {

namespace ondemand = simdjson::ondemand;

tl::unexpected<Error> unknown(std::string problem) {
    return fail(ErrorCode::invalid, "event-unknown",
                "the event is not what SQS or Kinesis sends to a function: " + std::move(problem),
                "this function is invoked by an event source mapping (see deploy/template.yaml)");
}

// Empty where it is not there, or no string.
std::string_view text(ondemand::object& object, std::string_view name) {
    std::string_view value;
    return object[name].get_string().get(value) == simdjson::SUCCESS ? value : std::string_view{};
}

// What stands between the quotes.
std::string_view escaped_text(ondemand::object& object, std::string_view name) {
    ondemand::value value;
    ondemand::json_type type{};
    if (object[name].get(value) != simdjson::SUCCESS || value.type().get(type) != simdjson::SUCCESS ||
        type != ondemand::json_type::string)
        return {};
    const std::string_view token = value.raw_json_token();  // up to whatever comes next
    return token.substr(1, token.rfind('"') - 1);
}

// "arn:aws:sqs:eu-west-1:123456789012:sensors", "arn:aws:kinesis:eu-west-1:123456789012:stream/sensors"
std::string_view resource_of(std::string_view arn) {
    const std::size_t at = arn.find_last_of(":/");
    return at == std::string_view::npos ? arn : arn.substr(at + 1);
}

bool is_representable(std::int64_t ms) {
    return ms > 0 && ms <= to_ms(max_timestamp);
}

std::optional<Timestamp> sent_timestamp(ondemand::object& record) {
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
std::optional<Timestamp> arrival_timestamp(ondemand::object& kinesis) {
    double seconds = 0;
    if (kinesis["approximateArrivalTimestamp"].get_double().get(seconds) != simdjson::SUCCESS ||
        !(seconds > 0 && seconds < 1e11))
        return std::nullopt;
    const std::int64_t ms = std::llround(seconds * 1000);
    return is_representable(ms) ? std::optional(timestamp_from_ms(ms)) : std::nullopt;
}

// Where the bodies of an event lie: no larger together than its text.
class Bodies {
  public:
    void make_room(std::size_t json_bytes) {
        used_ = 0;
        if (json_bytes + unescape_room <= size_) return;
        size_ = json_bytes + unescape_room;
        bytes_ = std::make_unique_for_overwrite<char[]>(size_);
    }
    std::optional<std::string_view> add(std::string_view escaped) {
        const auto written = unescape_json(escaped, bytes_.get() + used_);
        if (!written) return std::nullopt;
        return std::string_view(bytes_.get() + std::exchange(used_, used_ + *written), *written);
    }

  private:
    std::unique_ptr<char[]> bytes_;  // NOLINT(modernize-avoid-c-arrays): not filled before it is used
    std::size_t size_ = 0;
    std::size_t used_ = 0;
};

// Fields in the order in which they come.
std::optional<ReceivedMessage> sqs_message(ondemand::object& record, Bodies& bodies) {
    ReceivedMessage message;
    message.item_id = message.own_id = text(record, "messageId");
    const auto body = bodies.add(escaped_text(record, "body"));
    if (!body) return std::nullopt;
    message.body = *body;
    message.sent = sent_timestamp(record);
    return message;
}

std::optional<ReceivedMessage> kinesis_message(ondemand::object& record, Bodies& bodies) {
    ReceivedMessage message;
    ondemand::object kinesis;
    if (record["kinesis"].get_object().get(kinesis) != simdjson::SUCCESS) return message;
    message.item_id = text(kinesis, "sequenceNumber");
    const auto body = bodies.add(escaped_text(kinesis, "data"));
    if (!body) return std::nullopt;
    message.body = *body;
    message.sent = arrival_timestamp(kinesis);
    message.own_id = text(record, "eventID");
    return message;
}

}  // namespace

struct EventReader::Impl {
    ondemand::parser parser;
    Bodies bodies;

    Result<void> add(ondemand::object record, ReceivedEvent& event);
};

// Appends a record's message; the first one says where all are from.
Result<void> EventReader::Impl::add(ondemand::object record, ReceivedEvent& event) {
    const std::string_view from = text(record, "eventSource");
    const EventSource source = from == "aws:sqs" ? EventSource::sqs : EventSource::kinesis;
    const bool is_known = from == "aws:sqs" || from == "aws:kinesis";
    if (event.messages.empty()) {
        if (!is_known)
            return unknown("the eventSource of its first record is neither aws:sqs nor aws:kinesis");
        event.source = source;
        event.from = fmt::format("{}:{}", from.substr(4), resource_of(text(record, "eventSourceARN")));
    } else if (!is_known || source != event.source) {
        return unknown("its records are of several sources");
    }
    const bool is_sqs = source == EventSource::sqs;
    auto message = is_sqs ? sqs_message(record, bodies) : kinesis_message(record, bodies);
    if (!message) return unknown("a string in it is malformed");
    if (message->item_id.empty() || message->own_id.empty())
        return unknown(fmt::format("record {} has no {}", event.messages.size() + 1,
                                   is_sqs ? "messageId" : "sequenceNumber or eventID"));
    event.messages.push_back(*message);
    return {};
}

EventReader::EventReader() : impl_(std::make_unique<Impl>()) {}
EventReader::~EventReader() = default;

Result<ReceivedEvent> EventReader::read(const std::string& json) {
    std::string padded;
    const bool has_padding = json.capacity() - json.size() >= simdjson::SIMDJSON_PADDING;
    if (!has_padding) {
        padded.reserve(json.size() + simdjson::SIMDJSON_PADDING);
        padded = json;
    }
    const std::string& text = has_padding ? json : padded;
    impl_->bodies.make_room(text.size());
    const auto no_json = [](simdjson::error_code error) {
        return unknown(fmt::format("it is no JSON ({})", simdjson::error_message(error)));
    };
    ondemand::document document;
    if (const auto error = impl_->parser.iterate(text.data(), text.size(), text.capacity()).get(document);
        error != simdjson::SUCCESS)
        return no_json(error);
    ondemand::object root;
    ondemand::array records;
    if (document.get_object().get(root) != simdjson::SUCCESS ||
        root["Records"].get_array().get(records) != simdjson::SUCCESS)
        return unknown("it has no array Records");
    ReceivedEvent event;
    for (auto element : records) {
        ondemand::object record;
        if (const auto error = element.get_object().get(record);
            error != simdjson::SUCCESS && error != simdjson::INCORRECT_TYPE)
            return no_json(error);
        else if (error == simdjson::INCORRECT_TYPE)
            return unknown("one of its records is no object");
        if (auto added = impl_->add(record, event); !added) return fail(std::move(added).error());
    }
    return event;
}

}  // namespace weir::lambda

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

// Whether the text is no JSON from there on, and the parser must not be asked again. Another type than the
// one that was asked for, or a number that is none, is only not what was looked for.
bool ends_reading(simdjson::error_code error) {
    return error != simdjson::SUCCESS && error != simdjson::INCORRECT_TYPE && error != simdjson::NUMBER_ERROR;
}

// Visits the fields in their order: visit(name, value) gives an error_code. Over at the first that ends the
// reading.
template <typename Visit>
simdjson::error_code each_field(ondemand::object object, const Visit& visit) {
    for (auto entry : object) {
        ondemand::field field;
        if (const auto error = std::move(entry).get(field); error != simdjson::SUCCESS) return error;
        std::string_view name;
        if (const auto error = field.unescaped_key().get(name); error != simdjson::SUCCESS) return error;
        if (const auto error = visit(name, field.value()); ends_reading(error)) return error;
    }
    return simdjson::SUCCESS;
}

// The same of a value that should be an object.
template <typename Visit>
simdjson::error_code each_field(ondemand::value value, const Visit& visit) {
    ondemand::object object;
    if (const auto error = value.get_object().get(object); error != simdjson::SUCCESS) return error;
    return each_field(object, visit);
}

// What stands between a string's quotes.
simdjson::error_code get_escaped(ondemand::value value, std::string_view& escaped) {
    ondemand::json_type type{};
    if (const auto error = value.type().get(type); error != simdjson::SUCCESS) return error;
    if (type != ondemand::json_type::string) return simdjson::INCORRECT_TYPE;
    const std::string_view token = value.raw_json_token();  // up to whatever comes next
    escaped = token.substr(1, token.rfind('"') - 1);
    return simdjson::SUCCESS;
}

// A record's fields that count; empty where they are not there, or of another type.
struct Record {
    std::string_view source, arn;
    std::string_view message_id, sent_ms;  // SQS
    std::string_view event_id, sequence;   // Kinesis
    double arrived_seconds = 0;
    std::string_view escaped_body, escaped_data;
};

simdjson::error_code read_kinesis(ondemand::value value, Record& record) {
    return each_field(value, [&](std::string_view name, ondemand::value field) {
        if (name == "sequenceNumber") return field.get_string().get(record.sequence);
        if (name == "data") return get_escaped(field, record.escaped_data);
        if (name == "approximateArrivalTimestamp") return field.get_double().get(record.arrived_seconds);
        return simdjson::SUCCESS;
    });
}

simdjson::error_code read_record(ondemand::object object, Record& record) {
    return each_field(object, [&](std::string_view name, ondemand::value value) {
        if (name == "messageId") return value.get_string().get(record.message_id);
        if (name == "body") return get_escaped(value, record.escaped_body);
        if (name == "attributes")
            return each_field(value, [&](std::string_view inner, ondemand::value attribute) {
                return inner == "SentTimestamp" ? attribute.get_string().get(record.sent_ms)
                                                : simdjson::SUCCESS;
            });
        if (name == "kinesis") return read_kinesis(value, record);
        if (name == "eventID") return value.get_string().get(record.event_id);
        if (name == "eventSource") return value.get_string().get(record.source);
        if (name == "eventSourceARN") return value.get_string().get(record.arn);
        return simdjson::SUCCESS;
    });
}

// "arn:aws:sqs:eu-west-1:123456789012:sensors", "arn:aws:kinesis:eu-west-1:123456789012:stream/sensors"
std::string_view resource_of(std::string_view arn) {
    const std::size_t at = arn.find_last_of(":/");
    return at == std::string_view::npos ? arn : arn.substr(at + 1);
}

bool is_representable(std::int64_t ms) {
    return ms > 0 && ms <= to_ms(max_timestamp);
}

std::optional<Timestamp> timestamp_in_ms(std::string_view digits) {
    std::int64_t ms = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), ms);
    if (error != std::errc{} || end != digits.data() + digits.size() || !is_representable(ms))
        return std::nullopt;
    return timestamp_from_ms(ms);
}

std::optional<Timestamp> timestamp_in_seconds(double seconds) {
    if (!(seconds > 0 && seconds < 1e11)) return std::nullopt;
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

}  // namespace

struct EventReader::Impl {
    ondemand::parser parser;
    Bodies bodies;

    simdjson::error_code read_records(ondemand::value value, std::vector<Record>& records);
    Result<void> add(const Record& record, ReceivedEvent& event);
};

simdjson::error_code EventReader::Impl::read_records(ondemand::value value, std::vector<Record>& records) {
    ondemand::array array;
    if (const auto error = value.get_array().get(array); error != simdjson::SUCCESS) return error;
    for (auto element : array) {
        ondemand::object object;
        Record& record = records.emplace_back();
        const auto error = element.get_object().get(object);
        if (error == simdjson::INCORRECT_TYPE) continue;  // a record without anything
        if (error != simdjson::SUCCESS) return error;
        if (const auto read = read_record(object, record); ends_reading(read)) return read;
    }
    return simdjson::SUCCESS;
}

// Appends a record's message; the first one says where all are from.
Result<void> EventReader::Impl::add(const Record& record, ReceivedEvent& event) {
    const bool is_sqs = record.source == "aws:sqs";
    const EventSource source = is_sqs ? EventSource::sqs : EventSource::kinesis;
    const bool is_known = is_sqs || record.source == "aws:kinesis";
    if (event.messages.empty()) {
        if (!is_known)
            return unknown("the eventSource of its first record is neither aws:sqs nor aws:kinesis");
        event.source = source;
        event.from = fmt::format("{}:{}", record.source.substr(4), resource_of(record.arn));
    } else if (!is_known || source != event.source) {
        return unknown("its records are of several sources");
    }
    ReceivedMessage message;
    message.item_id = is_sqs ? record.message_id : record.sequence;
    message.own_id = is_sqs ? record.message_id : record.event_id;
    message.sent = is_sqs ? timestamp_in_ms(record.sent_ms) : timestamp_in_seconds(record.arrived_seconds);
    if (message.item_id.empty() || message.own_id.empty())
        return unknown(fmt::format("record {} has no {}", event.messages.size() + 1,
                                   is_sqs ? "messageId" : "sequenceNumber or eventID"));
    const auto body = bodies.add(is_sqs ? record.escaped_body : record.escaped_data);
    if (!body) return unknown(fmt::format("the text of record {} is no JSON", event.messages.size() + 1));
    message.body = *body;
    event.messages.push_back(message);
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
    ondemand::object root;
    if (const auto error = impl_->parser.iterate(text.data(), text.size(), text.capacity()).get(document);
        error != simdjson::SUCCESS)
        return no_json(error);
    bool found = false;
    std::vector<Record> records;
    auto error = document.get_object().get(root);
    if (error == simdjson::SUCCESS)
        error = each_field(root, [&](std::string_view name, ondemand::value value) {
            if (name != "Records" || found) return simdjson::SUCCESS;
            const auto read = impl_->read_records(value, records);
            found = read == simdjson::SUCCESS;
            return read;
        });
    if (ends_reading(error)) return no_json(error);
    if (!found) return unknown("it has no array Records");
    ReceivedEvent event;
    event.messages.reserve(records.size());
    for (const Record& record : records)
        if (auto added = impl_->add(record, event); !added) return fail(std::move(added).error());
    return event;
}

}  // namespace weir::lambda

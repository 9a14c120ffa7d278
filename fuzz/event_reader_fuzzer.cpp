// Any text as an event that invokes the store function: what is read of it is what another parser finds in
// it.

#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "lambda/event_reader.h"

namespace {

using nlohmann::json;

void check(bool holds) {
    if (!holds) std::abort();
}

std::string text_of(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Names that stand twice are anyone's choice.
bool has_name_twice(const std::string& text) {
    bool twice = false;
    std::vector<std::set<std::string>> open;
    const json::parser_callback_t callback = [&](int, json::parse_event_t event, json& parsed) {
        if (event == json::parse_event_t::object_start) open.emplace_back();
        if (event == json::parse_event_t::object_end) open.pop_back();
        if (event == json::parse_event_t::key)
            twice = !open.back().insert(parsed.get<std::string>()).second || twice;
        return true;
    };
    return json::parse(text, callback, false).is_discarded() || twice;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static weir::lambda::EventReader reader;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto event = reader.read(text);
    if (!event || has_name_twice(text)) return 0;
    const json records = json::parse(text)["Records"];
    check(event->messages.size() == records.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
        const weir::lambda::ReceivedMessage& message = event->messages[i];
        const bool sqs = event->source == weir::lambda::EventSource::sqs;
        check(!message.item_id.empty() && !message.own_id.empty());
        check(message.item_id ==
              (sqs ? text_of(records[i], "messageId") : text_of(records[i]["kinesis"], "sequenceNumber")));
        check(message.own_id == text_of(records[i], sqs ? "messageId" : "eventID"));
        check(message.body == (sqs ? text_of(records[i], "body") : text_of(records[i]["kinesis"], "data")));
    }
    return 0;
}

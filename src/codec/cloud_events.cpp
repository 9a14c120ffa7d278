#include "codec/cloud_events.h"

#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/hash.h"
#include "base/json_string.h"
#include "base/text.h"
#include "codec/json_elements.h"
#include "codec/json_members.h"
#include "codec/text_excerpt.h"

namespace weir {
namespace {

constexpr std::array<std::string_view, 4> required{"specversion", "id", "source", "type"};

// RFC 3339 in any offset, which CloudEvents allow; parse_rfc3339 takes UTC alone.
std::optional<Timestamp> parse_time(std::string_view text) {
    constexpr std::size_t offset_size = 6;  // +05:30
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    std::string utc(text);
    Duration offset{0};
    if (text.size() > offset_size) {
        const std::string_view tail = text.substr(text.size() - offset_size);
        if ((tail[0] == '+' || tail[0] == '-') && digit(tail[1]) && digit(tail[2]) && tail[3] == ':' &&
            digit(tail[4]) && digit(tail[5])) {
            const int hours = (tail[1] - '0') * 10 + (tail[2] - '0');
            const int minutes = (tail[4] - '0') * 10 + (tail[5] - '0');
            if (hours > 23 || minutes > 59) return std::nullopt;
            offset = std::chrono::minutes{(tail[0] == '+' ? 1 : -1) * (hours * 60 + minutes)};
            utc = std::string(text.substr(0, text.size() - offset_size)) + "Z";
        }
    }
    const auto parsed = parse_rfc3339(utc);
    if (!parsed) return std::nullopt;
    const Timestamp time = *parsed - offset;
    return time < min_timestamp || time > max_timestamp ? std::nullopt : std::optional(time);
}

// Takes one CloudEvent apart, which is a JSON object, and writes the event.
class CloudEventWriter {
  public:
    explicit CloudEventWriter(Timestamp now) : now_(now) {}

    bool write(std::string_view object, Rejection& rejection) {
        attributes_.clear();
        members_.clear();
        data_.reset();
        data_base64_.reset();
        for (JsonMembers members(object); members.next();)
            take(members.name(), members.value());
        return check(rejection) && compose(rejection);
    }
    [[nodiscard]] std::string_view json() const { return json_; }

  private:
    void take(std::string_view name, std::string_view value) {
        if (value == "null") return;
        std::string text = json_text(name);
        if (text == "data") {
            data_ = value;
        } else if (text == "data_base64") {
            data_base64_ = value;
        } else {
            members_ += fmt::format(R"(,"ce_{}:{})", name.substr(1), value);
            attributes_[std::move(text)] = value;
        }
    }

    bool check(Rejection& rejection) const {
        for (const std::string_view name : required) {
            const auto found = attributes_.find(name);
            if (found == attributes_.end() || !found->second.starts_with('"') || found->second == R"("")")
                return invalid(rejection, fmt::format("the CloudEvent has no {}, or one that is no text; a "
                                                      "text that is not empty was expected",
                                                      name));
        }
        if (text_of("specversion") != "1.0")
            return invalid(rejection, fmt::format("the CloudEvent's specversion is {}; 1.0 was expected",
                                                  excerpt(text_of("specversion"))));
        if (data_ && data_base64_)
            return invalid(rejection, "the CloudEvent has both data and data_base64; one was expected");
        return true;
    }

    bool compose(Rejection& rejection) {
        Timestamp ts = now_;
        if (const auto time = attributes_.find("time"); time != attributes_.end()) {
            const auto parsed = time->second.starts_with('"') ? parse_time(text_of("time")) : std::nullopt;
            if (!parsed)
                return reject(rejection, RejectReason::ts_invalid,
                              fmt::format("the CloudEvent's time is {}; an RFC 3339 time was expected",
                                          excerpt(time->second)));
            ts = *parsed;
        }
        const std::string source = text_of("source");
        json_ = fmt::format(R"({{"event_id":"ce_{}","ts":"{}")",
                            to_hex(hash128(fmt::format("{}\n{}\n{}", source.size(), source, text_of("id")))),
                            format_rfc3339(ts));
        json_ += members_;
        if (data_) append_data(*data_);
        if (data_base64_) (json_ += R"(,"data_base64":)") += *data_base64_;
        json_ += '}';
        if (json_.find_first_of("\r\n") != std::string::npos)
            json_.resize(minify_json(json_.data(), json_.size()));
        return true;
    }

    void append_data(std::string_view value) {
        if (!value.starts_with('{')) {
            (json_ += R"(,"data":)") += value;
            return;
        }
        const std::string_view inside = value.substr(1, value.size() - 2);
        if (inside.find_first_not_of(" \t\r\n") != std::string_view::npos) (json_ += ',') += inside;
    }

    [[nodiscard]] std::string text_of(std::string_view name) const {
        return json_text(attributes_.find(name)->second);
    }
    static bool invalid(Rejection& rejection, std::string message) {
        return reject(rejection, RejectReason::cloudevent_invalid, std::move(message));
    }

    Timestamp now_;
    std::map<std::string, std::string_view, std::less<>> attributes_;  // with the quotes of their values
    std::optional<std::string_view> data_, data_base64_;
    std::string members_, json_;
};

tl::unexpected<Error> refuse(bool many, std::string_view problem) {
    return fail(ErrorCode::invalid, "json-invalid",
                fmt::format("the body is no {}: {}",
                            many ? "JSON array of CloudEvents" : "CloudEvent in JSON", problem),
                "application/cloudevents+json is one object, application/cloudevents-batch+json an array of "
                "them");
}

bool is_json(std::string_view content_type) {
    std::string type(content_type.substr(0, content_type.find(';')));
    while (!type.empty() && is_json_space(type.back()))
        type.pop_back();
    for (char& c : type)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return type.empty() || type.ends_with("/json") || type.ends_with("+json");
}

}  // namespace

Result<void> compose_cloudevents(std::string_view body, bool many, Timestamp now, std::size_t max_line_bytes,
                                 ComposedEvents& events) {
    const std::size_t first = body.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos || (body[first] == '[') != many)
        return refuse(many,
                      first == std::string_view::npos ? "it is empty" : "it begins with something else");
    JsonElements elements(body);
    CloudEventWriter writer(now);
    Rejection rejection;
    for (std::uint64_t number = 1;; ++number) {
        const auto step = elements.next();
        if (step == JsonElements::Step::end) return {};
        if (step == JsonElements::Step::malformed)
            return refuse(many, fmt::format("{} at byte {}", elements.problem(), elements.position()));
        if (!events.begin_line()) return fail(events.error());
        const std::string_view element = elements.element();
        bool kept = true;
        if (element.size() > max_line_bytes) {
            kept = events.reject_long(number, element);
        } else if (events.check_object(element, rejection) && writer.write(element, rejection)) {
            kept = events.add(writer.json(), number, element);
        } else if (rejection.reason == RejectReason::json_invalid) {
            return refuse(many, fmt::format("element {}: {}", number, rejection.message));
        } else {
            kept = events.reject(number, std::move(rejection), element);
        }
        if (!kept) return fail(events.error());
    }
}

Result<std::string> structured_cloudevent(const std::map<std::string, std::string>& attributes,
                                          std::string_view content_type, std::string_view data) {
    std::string json = "{";
    for (const auto& [name, value] : attributes)
        json += fmt::format("{}:{},", json_string(name), json_string(value));
    if (!content_type.empty()) json += fmt::format(R"("datacontenttype":{},)", json_string(content_type));
    if (data.empty()) {
        if (json.ends_with(',')) json.pop_back();
        return json + "}";
    }
    if (is_json(content_type)) {
        const std::string list = fmt::format("[{}]", data);
        JsonElements elements(list);
        if (elements.next() != JsonElements::Step::element || elements.next() != JsonElements::Step::end)
            return fail(ErrorCode::invalid, "json-invalid", "the CloudEvent's data is not one JSON value",
                        "send JSON, or say in Content-Type what it is");
        (json += R"("data":)") += data;
    } else if (is_utf8(data)) {
        (json += R"("data":)") += json_string(data);
    } else {
        (json += R"("data_base64":)") += json_string(base64_encode(data));
    }
    return json + "}";
}

}  // namespace weir

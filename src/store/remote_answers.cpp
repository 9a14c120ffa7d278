#include "store/remote_answers.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "event/group_by.h"

namespace weir {
namespace {

using nlohmann::json;

constexpr std::string_view problem_prefix = "urn:weir:problem:";

json parse(std::string_view text) {
    return json::parse(text, nullptr, false);
}

const std::string* text_member(const json& object, const char* name) {
    if (!object.is_object()) return nullptr;
    const auto found = object.find(name);
    return found == object.end() ? nullptr : found->get_ptr<const std::string*>();
}

std::optional<std::uint64_t> number_member(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
    return found->get<std::uint64_t>();
}

bool read_duration(const json& object, const char* name, Duration& out) {
    const std::string* text = text_member(object, name);
    if (text == nullptr) return false;
    const auto duration = parse_duration(*text);
    if (duration) out = *duration;
    return duration.has_value();
}

bool read_text(const json& object, const char* name, std::string& out) {
    const std::string* text = text_member(object, name);
    if (text != nullptr) out = *text;
    return text != nullptr;
}

bool read_group_by(const json& object, std::string& out) {
    const auto found = object.is_object() ? object.find("group_by_fields") : object.end();
    if (found == object.end() || !found->is_array() || found->empty()) return false;
    std::vector<std::string> fields;
    for (const json& field : *found) {
        if (!field.is_string()) return false;
        fields.push_back(field.get<std::string>());
    }
    out = group_by_of(fields);
    return true;
}

bool read_time(const json& object, const char* name, Timestamp& out) {
    const std::string* text = text_member(object, name);
    if (text == nullptr) return false;
    const auto time = parse_rfc3339(*text);
    if (time) out = *time;
    return time.has_value();
}

json problem_in(const http::Response& response) {
    const auto type = response.headers.get("Content-Type");
    if (!type || type->substr(0, 24) != "application/problem+json") return {};
    return parse(response.body);
}

ErrorCode code_of_status(unsigned status) {
    if (status == 401) return ErrorCode::unauthorized;
    if (status == 404) return ErrorCode::not_found;
    if (status == 429 || status >= 500) return ErrorCode::unreachable;
    return ErrorCode::refused;
}

}  // namespace

tl::unexpected<Error> answer_invalid(std::string message) {
    return fail(ErrorCode::refused, "answer-invalid", std::move(message),
                "check that the address is that of a weir of this version");
}

Result<RemoteStatus> remote_status_from_json(std::string_view text) {
    const json object = parse(text);
    RemoteStatus status;
    WindowSpec& window = status.window;
    const bool good =
        read_text(object, "version", status.version) && read_text(object, "state", status.state) &&
        read_group_by(object, status.group_by) && read_text(object, "view", status.view) &&
        read_time(object, "now", status.now) && read_duration(object, "window", window.size) &&
        read_duration(object, "pane", window.pane) && read_duration(object, "slide", window.slide) &&
        read_duration(object, "lateness", window.lateness) &&
        read_duration(object, "retention", status.retention);
    if (!good || !validate(window)) return answer_invalid("what /v1/status answered is no status of weir");
    return status;
}

Result<std::vector<PaneCount>> panes_from_json(std::string_view text) {
    const json object = parse(text);
    std::vector<PaneCount> panes;
    const auto list = object.is_object() ? object.find("panes") : object.end();
    if (!object.is_object() || list == object.end() || !list->is_array())
        return answer_invalid("what /v1/panes answered is no list of panes");
    for (const json& entry : *list) {
        PaneCount pane;
        const bool named = read_time(entry, "pane", pane.pane) && read_text(entry, "key", pane.key);
        const auto count = named ? number_member(entry, "count") : std::nullopt;
        if (!count) return answer_invalid("what /v1/panes answered holds something that is no pane");
        pane.count = *count;
        panes.push_back(std::move(pane));
    }
    return panes;
}

Result<WindowCounts> window_counts_from_json(std::string_view text) {
    const json object = parse(text);
    const auto bad = [] { return answer_invalid("what /v1/counts answered is no sum of counts"); };
    if (!object.is_object()) return bad();
    const auto as_of = number_member(object, "as_of");
    const auto total = number_member(object, "total");
    const auto late = number_member(object, "late");
    const auto counts = object.find("counts");
    if (!as_of || !total || !late || counts == object.end() || !counts->is_object()) return bad();
    WindowCounts out;
    out.as_of = *as_of;
    out.total = *total;
    out.late = *late;
    for (const auto& [key, count] : counts->items()) {
        if (!count.is_number_unsigned()) return bad();
        out.counts.emplace(key, count.get<std::uint64_t>());
    }
    return out;
}

Error error_of(const http::Response& response) {
    const json problem = problem_in(response);
    Error error;
    error.code = code_of_status(response.status);
    const std::string* type = text_member(problem, "type");
    const bool ours = type != nullptr && type->rfind(problem_prefix, 0) == 0;
    error.reason =
        ours ? printable(type->substr(problem_prefix.size())) : fmt::format("http-{}", response.status);
    const std::string* detail = text_member(problem, "detail");
    error.message =
        fmt::format("the server answered {} {}", response.status, http::reason_phrase(response.status));
    if (detail != nullptr) error.message += ": " + printable(*detail);
    if (const std::string* hint = text_member(problem, "hint")) error.hint = printable(*hint);
    return error;
}

bool is_not_found(const http::Response& response) {
    if (response.status != 404) return false;
    const json problem = problem_in(response);
    const std::string* type = text_member(problem, "type");
    return type != nullptr && *type == "urn:weir:problem:not-found";
}

}  // namespace weir

#include "codec/view_json.h"

#include <charconv>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/json_string.h"
#include "codec/json_elements.h"
#include "codec/json_members.h"
namespace weir {
namespace {

tl::unexpected<Error> answer_invalid(std::string message) {
    return fail(ErrorCode::invalid, "answer-invalid", std::move(message));
}

std::string time_text(Timestamp t) {
    return '"' + format_rfc3339(t) + '"';
}

std::string time_or_null(std::optional<Timestamp> t) {
    return t ? time_text(*t) : "null";
}

template <typename Write>
void append_groups(std::string& out, const std::map<Key, ViewValue>& groups, const Write& write) {
    out += '{';
    for (const auto& [key, value] : groups) {
        if (out.back() != '{') out += ',';
        append_json_string(out, key);
        out += ':';
        out += write(value);
    }
    out += '}';
}

// The members of an object by name, as they stand. Empty for what is no object.
class Object {
  public:
    explicit Object(std::string_view text) {
        if (!text.starts_with('{')) return;
        for (JsonMembers members(text); members.next();)
            members_[json_text(members.name())] = members.value();
    }

    [[nodiscard]] const std::map<std::string, std::string_view>& members() const { return members_; }
    [[nodiscard]] std::string_view raw(const std::string& name) const {
        const auto found = members_.find(name);
        return found == members_.end() ? std::string_view() : found->second;
    }
    bool read(const std::string& name, std::string& out) const {
        const std::string_view value = raw(name);
        if (!value.starts_with('"')) return false;
        out = json_text(value);
        return true;
    }
    bool read(const std::string& name, Timestamp& out) const {
        std::string text;
        if (!read(name, text)) return false;
        const auto time = parse_rfc3339(text);
        if (time) out = *time;
        return time.has_value();
    }
    // null is none.
    bool read(const std::string& name, std::optional<Timestamp>& out) const {
        if (raw(name) == "null") return true;
        Timestamp time;
        if (!read(name, time)) return false;
        out = time;
        return true;
    }
    bool read(const std::string& name, std::uint64_t& out) const {
        const std::string_view value = raw(name);
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
        return error == std::errc{} && end == value.data() + value.size();
    }
    bool read(const std::string& name, bool& out) const {
        const std::string_view value = raw(name);
        out = value == "true";
        return out || value == "false";
    }

  private:
    std::map<std::string, std::string_view> members_;
};

// Groups are there with both a count and a value.
bool read_groups(const Object& row, std::map<Key, ViewValue>& groups) {
    const Object values(row.raw("values")), counts(row.raw("counts"));
    if (!row.raw("values").starts_with('{') || !row.raw("counts").starts_with('{') ||
        values.members().size() != counts.members().size())
        return false;
    for (const auto& [key, value] : values.members()) {
        ViewValue group;
        group.value = value;
        if (!counts.read(key, group.count) || !Decimal::parse_sum(value)) return false;
        groups.emplace_hint(groups.end(), key, std::move(group));
    }
    return true;
}

Result<ViewRow> read_row(std::string_view text) {
    const Object object(text);
    ViewRow row;
    const bool read = object.read("view", row.view) && object.read("measure", row.measure) &&
                      object.read("window_start", row.window.start) &&
                      object.read("window_end", row.window.end) && object.read("total", row.total) &&
                      object.read("unusable", row.unusable) && object.read("revision", row.revision) &&
                      object.read("final", row.final) && object.read("computed_at", row.computed_at) &&
                      object.read("as_of", row.as_of) && read_groups(object, row.groups);
    if (!read || object.raw("schema") != "1") return answer_invalid("the answer is no row of a view");
    return row;
}

Result<ViewStatus> read_status(std::string_view text) {
    const Object object(text);
    std::string spec;
    ViewStatus status;
    const bool read = object.read("view", spec) && object.read("as_of", status.as_of) &&
                      object.read("behind", status.behind) && object.read("rows_until", status.rows_until);
    auto parsed = read ? parse_view(spec, {}) : Result<ViewSpec>(answer_invalid({}));
    if (!parsed) return answer_invalid("the answer is no list of views");
    status.spec = *std::move(parsed);
    return status;
}

// Calls `visit(element)` for each element of the array that stands under `name`.
template <typename Visit>
Result<void> read_array(std::string_view text, const std::string& name, const Visit& visit) {
    if (!nlohmann::json::accept(text)) return answer_invalid("the answer is no JSON");
    const std::string_view array = Object(text).raw(name);
    if (!array.starts_with('[')) return answer_invalid("the answer has no list of " + name);
    JsonElements elements(array);
    while (elements.next() == JsonElements::Step::element)
        if (Result<void> visited = visit(elements.element()); !visited) return visited;
    return {};
}

}  // namespace

std::string to_json(const ViewRow& row) {
    std::string out =
        fmt::format(R"({{"view":{},"measure":{},"window_start":{},"window_end":{},"updated":{},)",
                    json_string(row.view), json_string(row.measure), time_text(row.window.start),
                    time_text(row.window.end), time_text(row.window.end));
    out += fmt::format(R"("total":{},"unusable":{},"values":)", row.total, row.unusable);
    append_groups(out, row.groups, [](const ViewValue& value) { return value.value; });
    out += R"(,"counts":)";
    append_groups(out, row.groups, [](const ViewValue& value) { return std::to_string(value.count); });
    return out + fmt::format(R"(,"revision":{},"final":{},"computed_at":{},"as_of":{},"schema":1}})",
                             row.revision, row.final, time_text(row.computed_at), row.as_of);
}

Result<ViewRow> view_row_from_json(std::string_view text) {
    if (!nlohmann::json::accept(text)) return answer_invalid("the answer is no JSON");
    return read_row(text);
}

std::string view_rows_to_json(std::span<const ViewRow> rows, std::optional<Timestamp> next) {
    std::string out = R"({"rows":[)";
    for (const ViewRow& row : rows) {
        if (&row != rows.data()) out += ',';
        out += to_json(row);
    }
    return out + R"(],"next":)" + time_or_null(next) + '}';
}

Result<ViewRowPage> view_rows_from_json(std::string_view text) {
    ViewRowPage page;
    auto read = read_array(text, "rows", [&](std::string_view element) -> Result<void> {
        auto row = read_row(element);
        if (!row) return fail(std::move(row).error());
        page.rows.push_back(*std::move(row));
        return {};
    });
    if (!read) return fail(std::move(read).error());
    if (!Object(text).read("next", page.next)) return answer_invalid("the page of rows has no next");
    return page;
}

std::string views_to_json(std::span<const ViewStatus> views) {
    std::string out = R"({"views":[)";
    for (const ViewStatus& status : views) {
        if (&status != views.data()) out += ',';
        std::string fields;
        for (const std::string& field : status.spec.group_by)
            fields += (fields.empty() ? "" : ",") + json_string(field);
        out += fmt::format(
            R"({{"name":{},"view":{},"group_by":[{}],"measure":{},"window":"{}","slide":"{}","as_of":{},)"
            R"("behind":{},"rows_until":{}}})",
            json_string(status.spec.name), json_string(format_view(status.spec)), fields,
            json_string(format_measure(status.spec)), format_duration(status.spec.window.size),
            format_duration(status.spec.window.slide), status.as_of, status.behind,
            time_or_null(status.rows_until));
    }
    return out + "]}";
}

Result<std::vector<ViewStatus>> views_from_json(std::string_view text) {
    std::vector<ViewStatus> views;
    auto read = read_array(text, "views", [&](std::string_view element) -> Result<void> {
        auto status = read_status(element);
        if (!status) return fail(std::move(status).error());
        views.push_back(*std::move(status));
        return {};
    });
    if (!read) return fail(std::move(read).error());
    return views;
}

}  // namespace weir

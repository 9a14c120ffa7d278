#include "codec/view_event.h"

#include <algorithm>

#include "codec/json_members.h"
#include "event/event.h"
#include "event/group_by.h"

namespace weir {

ViewEventReader::ViewEventReader(std::span<const ViewSpec> views) : seen_(views.size()) {
    for (const ViewSpec& spec : views) {
        View view;
        for (const std::string& name : spec.group_by)
            view.group_by.push_back(number_of(name));
        if (spec.measure != MeasureKind::count) view.measured = number_of(spec.field);
        views_.push_back(std::move(view));
    }
}

std::size_t ViewEventReader::number_of(const std::string& name) {
    const auto found =
        std::find_if(fields_.begin(), fields_.end(), [&](const Field& field) { return field.name == name; });
    const auto number = static_cast<std::size_t>(found - fields_.begin());
    if (found == fields_.end()) fields_.push_back({name, Kind::missing, {}});
    return number;
}

void ViewEventReader::take(Field& field, std::string_view value) {
    const char first = value.front();
    field.kind = Kind::word;
    if (first == '"') {
        field.text = json_text(value);
        field.kind = field.text.empty() ? Kind::missing : Kind::text;
        return;
    }
    field.text = value;
    if (first == '{' || first == '[') field.kind = Kind::nested;
    if (first == 'n') field.kind = Kind::missing;
    if (first == '-' || (first >= '0' && first <= '9')) field.kind = Kind::number;
}

void ViewEventReader::read_fields(std::string_view line) {
    for (Field& field : fields_)
        field.kind = Kind::missing;
    for (JsonMembers members(line); members.next();) {
        const std::string_view quoted = members.name();
        const std::string_view inside = quoted.substr(1, quoted.size() - 2);
        const bool escaped = inside.find('\\') != std::string_view::npos;
        const std::string decoded = escaped ? json_text(quoted) : std::string();
        const std::string_view name = escaped ? std::string_view(decoded) : inside;
        for (Field& field : fields_)
            if (field.name == name && !members.value().empty()) take(field, members.value());
    }
}

// Empty for (blank); nothing when it cannot be part of a key.
std::optional<std::string> ViewEventReader::key_text(const Field& field) {
    switch (field.kind) {
        case Kind::missing:
            return std::string();
        case Kind::nested:
            return std::nullopt;
        case Kind::number:
            if (const auto number = Decimal::parse(field.text)) return number->text();
            return std::nullopt;
        case Kind::text:
        case Kind::word:
            break;
    }
    return field.text;
}

void ViewEventReader::see(const View& view, Seen& seen) const {
    seen.usable = false;
    seen.key.clear();
    seen.value = Decimal();
    for (const std::size_t number : view.group_by) {
        const auto text = key_text(fields_[number]);
        if (!text) return;
        if (view.group_by.size() > 1)
            append_key_part(seen.key, *text);
        else
            seen.key = text->empty() ? std::string(blank_key) : *text;
    }
    if (seen.key.size() > max_key_bytes) return;
    if (view.measured) {
        const Field& field = fields_[*view.measured];
        if (field.kind != Kind::number && field.kind != Kind::text) return;
        const auto value = Decimal::parse(field.text);
        if (!value) return;
        seen.value = *value;
    }
    seen.usable = true;
}

const std::vector<ViewEventReader::Seen>& ViewEventReader::read(std::string_view line) {
    read_fields(line);
    for (std::size_t i = 0; i < views_.size(); ++i)
        see(views_[i], seen_[i]);
    return seen_;
}

}  // namespace weir

#include "event/group_by.h"

#include "event/event.h"

namespace weir {

std::vector<std::string> group_by_fields(std::string_view group_by) {
    std::vector<std::string> fields;
    for (std::size_t start = 0; start <= group_by.size();) {
        const std::size_t end = std::min(group_by.find(group_by_separator, start), group_by.size());
        fields.emplace_back(group_by.substr(start, end - start));
        start = end + 1;
    }
    return fields;
}

std::string group_by_of(std::span<const std::string> fields) {
    std::string text;
    for (const std::string& field : fields)
        text += (&field == fields.data() ? std::string() : std::string(1, group_by_separator)) + field;
    return text;
}

std::string shown_group_by(std::string_view group_by) {
    std::string text;
    for (const char c : group_by)
        text += c == group_by_separator ? std::string(key_separator) : std::string(1, c);
    return text;
}

void append_key_part(std::string& key, std::string_view value) {
    if (!key.empty()) key += key_separator;
    if (value.empty()) value = blank_key;
    for (const char c : value) {
        if (c == '|' || c == '\\') key += '\\';
        key += c;
    }
}

}  // namespace weir

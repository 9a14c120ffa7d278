#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace weir {

// Why a line could not become an event. A closed, documented list (docs/http.md): the snake_case words are
// stored and sent, so that none may change its meaning.
enum class RejectReason {
    json_invalid,           // not a JSON value, or something after it
    not_an_object,          // JSON, but no object
    nested_too_deep,        // deeper than max_nesting_depth
    invalid_utf8,           // bytes that are no UTF-8, or a lone surrogate
    line_too_long,          // over the line limit
    duplicate_field,        // a field name stands twice in one object
    event_id_missing,       // no event_id
    event_id_invalid,       // event_id is no string of 1 to 128 printable ASCII characters without space
    ts_missing,             // no ts
    ts_invalid,             // ts is neither RFC 3339 in UTC nor an integer of milliseconds
    ts_in_future,           // later than now + allowed clock skew
    ts_too_old,             // older than retention
    key_type,               // the group-by field holds a number, boolean, array or object
    key_too_long,           // the group-by value is over 256 bytes
    csv_field_count,        // more or fewer cells than the header
    csv_unclosed_quote,     // the input ended inside a quoted cell
    csv_stray_quote,        // a quote inside an unquoted cell, or text after a closing quote
    line_protocol_invalid,  // not a point of InfluxDB line protocol
    cloudevent_invalid,     // no CloudEvent of version 1.0: an attribute is missing or is not what it must be
    message_refused,  // a record of a stream refused whole: unreadable, or its batch id has other content
};

constexpr std::array<std::string_view, 20> reject_reason_codes{
    "json_invalid",       "not_an_object",    "nested_too_deep",
    "invalid_utf8",       "line_too_long",    "duplicate_field",
    "event_id_missing",   "event_id_invalid", "ts_missing",
    "ts_invalid",         "ts_in_future",     "ts_too_old",
    "key_type",           "key_too_long",     "csv_field_count",
    "csv_unclosed_quote", "csv_stray_quote",  "line_protocol_invalid",
    "cloudevent_invalid", "message_refused",
};

constexpr std::string_view code_of(RejectReason reason) {
    return reject_reason_codes[static_cast<std::size_t>(reason)];
}

constexpr std::optional<RejectReason> reject_reason_from(std::string_view code) {
    for (std::size_t i = 0; i < reject_reason_codes.size(); ++i)
        if (reject_reason_codes[i] == code) return static_cast<RejectReason>(i);
    return std::nullopt;
}

}  // namespace weir

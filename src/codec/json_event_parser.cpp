#include "codec/json_event_parser.h"

#include <algorithm>
#include <array>
#include <new>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include "codec/field_names.h"
#include "codec/flat_event_scanner.h"
#include "codec/json_syntax.h"
#include "codec/text_excerpt.h"
#include "event/group_by.h"

namespace weir {
namespace {

namespace dom = simdjson::dom;

static_assert(json_padding >= simdjson::SIMDJSON_PADDING);

std::string_view type_name(dom::element_type type) {
    switch (type) {
        case dom::element_type::ARRAY:
            return "an array";
        case dom::element_type::OBJECT:
            return "an object";
        case dom::element_type::INT64:
        case dom::element_type::UINT64:
        case dom::element_type::DOUBLE:
            return "a number";
        case dom::element_type::STRING:
            return "a string";
        case dom::element_type::BOOL:
            return "a boolean";
        case dom::element_type::NULL_VALUE:
            return "null";
    }
    return "something else";
}

std::string_view describe(simdjson::error_code error) {
    switch (error) {
        case simdjson::STRING_ERROR:
            return "a string holds an escape that does not exist";
        case simdjson::T_ATOM_ERROR:
        case simdjson::F_ATOM_ERROR:
        case simdjson::N_ATOM_ERROR:
            return "a word is none of true, false and null";
        case simdjson::NUMBER_ERROR:
            return "a number is malformed";
        case simdjson::UNESCAPED_CHARS:
            return "a string holds a control character";
        case simdjson::UNCLOSED_STRING:
            return "a string is not closed";
        case simdjson::EMPTY:
            return "there is nothing";
        default:
            return "brackets, commas, colons and values do not fit together";
    }
}

}  // namespace

struct JsonEventParser::Impl {
    Impl(std::string field, int depth)
        : group_by(std::move(field)),
          key_fields(group_by_fields(group_by)),
          max_depth(depth),
          quick(group_by) {}

    std::string group_by;
    std::vector<std::string> key_fields;  // that it names
    std::string joined;                   // the key of several
    int max_depth;
    FlatEventScanner quick;
    FlatEvent flat;
    dom::parser parser;
    FieldNames names;
    std::string rewritten;  // a line with numbers that simdjson can hold

    bool explain(std::string_view line, simdjson::error_code error, Rejection& rejection) const {
        if (error == simdjson::MEMALLOC) throw std::bad_alloc();
        if (!simdjson::validate_utf8(line))
            return reject(rejection, RejectReason::invalid_utf8,
                          fmt::format("{} holds bytes that are no UTF-8", excerpt(line)));
        // simdjson looks at the last bracket first, so that a line that is cut short is no DEPTH_ERROR
        // however deep it is.
        if (error == simdjson::DEPTH_ERROR || nests_deeper_than(line, static_cast<std::size_t>(max_depth)))
            return reject(
                rejection, RejectReason::nested_too_deep,
                fmt::format("{} nests deeper than {} objects and arrays", excerpt(line), max_depth));
        if (error == simdjson::STRING_ERROR && has_lone_surrogate(line))
            return reject(
                rejection, RejectReason::invalid_utf8,
                fmt::format("{} holds half of a surrogate pair, which is no character", excerpt(line)));
        return reject(
            rejection, RejectReason::json_invalid,
            fmt::format("{} is no JSON: {}; one object a line was expected", excerpt(line), describe(error)));
    }

    simdjson::error_code parse(std::string_view line, dom::element& document) {
        auto error = parser.parse(line.data(), line.size(), /*realloc_if_needed=*/false).get(document);
        if (error != simdjson::NUMBER_ERROR) return error;
        rewritten.assign(line);
        if (!replace_large_numbers(rewritten)) return error;
        rewritten.resize(line.size() + json_padding);
        return parser.parse(rewritten.data(), line.size(), /*realloc_if_needed=*/false).get(document);
    }

    struct Found {
        std::optional<dom::element> event_id, ts, key;
        std::vector<std::optional<dom::element>> keys;  // of several fields
    };

    // Fills `found`; false when a name stands twice.
    bool find_fields(const dom::object& object, Found& found, Rejection& rejection) {
        names.clear();
        for (const dom::key_value_pair field : object) {
            if (!names.add(field.key))
                return reject(
                    rejection, RejectReason::duplicate_field,
                    fmt::format("{} stands twice; every field name was expected once", excerpt(field.key)));
            if (field.key == "event_id") found.event_id = field.value;
            if (field.key == "ts") found.ts = field.value;
            if (field.key == group_by) found.key = field.value;
            for (std::size_t i = 0; i < found.keys.size(); ++i)
                if (field.key == key_fields[i]) found.keys[i] = field.value;
        }
        if (const auto twice = names.find_duplicate())
            return reject(
                rejection, RejectReason::duplicate_field,
                fmt::format("{} stands twice; every field name was expected once", excerpt(*twice)));
        return true;
    }

    bool read(const dom::object& object, const TimeBounds& bounds, EventFields& fields,
              Rejection& rejection) {
        Found found;
        if (several()) found.keys.resize(key_fields.size());
        return find_fields(object, found, rejection) && read_event_id(found.event_id, fields, rejection) &&
               read_time(found.ts, bounds, fields, rejection) &&
               (several() ? read_groups(found.keys, fields, rejection)
                          : read_group(found.key, fields, rejection));
    }

    [[nodiscard]] bool several() const { return key_fields.size() > 1; }

    bool read_groups(const std::vector<std::optional<dom::element>>& values, EventFields& fields,
                     Rejection& rejection) {
        joined.clear();
        for (std::size_t i = 0; i < values.size(); ++i) {
            std::string_view text;
            if (values[i] && !values[i]->is_null() && values[i]->get(text) != simdjson::SUCCESS)
                return reject(rejection, RejectReason::key_type,
                              fmt::format("{} is {}; a string was expected", excerpt(key_fields[i]),
                                          type_name(values[i]->type())));
            append_key_part(joined, text);
        }
        return read_key(joined, shown_group_by(group_by), fields.key, rejection);
    }

    static bool read_event_id(const std::optional<dom::element>& value, EventFields& fields,
                              Rejection& rejection) {
        if (!value)
            return reject(rejection, RejectReason::event_id_missing,
                          "there is no event_id; the producer must give every event one of its own");
        if (value->get(fields.event_id) != simdjson::SUCCESS)
            return reject(rejection, RejectReason::event_id_invalid,
                          fmt::format("event_id is {}; a string was expected", type_name(value->type())));
        return check_event_id(fields.event_id, rejection);
    }

    static bool read_time(const std::optional<dom::element>& value, const TimeBounds& bounds,
                          EventFields& fields, Rejection& rejection) {
        if (!value)
            return reject(rejection, RejectReason::ts_missing,
                          "there is no ts; the time of the event in UTC was expected");
        std::string_view text;
        if (value->get(text) == simdjson::SUCCESS) return read_ts(text, bounds, fields.ts, rejection);
        std::int64_t milliseconds = 0;
        if (value->get(milliseconds) == simdjson::SUCCESS)
            return read_ts(milliseconds, bounds, fields.ts, rejection);
        return reject(
            rejection, RejectReason::ts_invalid,
            fmt::format("ts is {}; a string in RFC 3339 or a whole number of milliseconds was expected",
                        value->is_number() ? "a number that is not whole or does not fit into 64 bits"
                                           : type_name(value->type())));
    }

    bool read_group(const std::optional<dom::element>& value, EventFields& fields,
                    Rejection& rejection) const {
        fields.key = blank_key;
        if (!value || value->is_null()) return true;
        std::string_view text;
        if (value->get(text) != simdjson::SUCCESS)
            return reject(
                rejection, RejectReason::key_type,
                fmt::format("{} is {}; a string was expected", excerpt(group_by), type_name(value->type())));
        return read_key(text, group_by, fields.key, rejection);
    }

    // The same checks in the same order, on what the quick look has found.
    bool read_flat(const TimeBounds& bounds, EventFields& fields, Rejection& rejection) const {
        fields.event_id = *flat.event_id;
        fields.key = blank_key;
        return check_event_id(fields.event_id, rejection) &&
               (flat.ts_text ? read_ts(*flat.ts_text, bounds, fields.ts, rejection)
                             : read_ts(*flat.ts_number, bounds, fields.ts, rejection)) &&
               (!flat.key || read_key(*flat.key, group_by, fields.key, rejection));
    }
};

JsonEventParser::JsonEventParser(std::string group_by, int max_depth)
    : impl_(std::make_unique<Impl>(std::move(group_by), std::clamp(max_depth, 1, max_json_depth))) {
    constexpr std::size_t usual_line = 4096;
    // simdjson counts the document itself as a level.
    if (impl_->parser.allocate(usual_line, static_cast<std::size_t>(impl_->max_depth) + 1) !=
        simdjson::SUCCESS)
        throw std::bad_alloc();
}

JsonEventParser::~JsonEventParser() = default;

bool JsonEventParser::parse(std::string_view line, const TimeBounds& bounds, EventFields& fields,
                            Rejection& rejection) {
    FlatEvent& flat = impl_->flat;
    if (!impl_->several() && impl_->quick.scan(line, flat) && flat.event_id &&
        (flat.ts_text || flat.ts_number))
        return impl_->read_flat(bounds, fields, rejection);
    return parse_strictly(line, bounds, fields, rejection);
}

bool JsonEventParser::parse_strictly(std::string_view line, const TimeBounds& bounds, EventFields& fields,
                                     Rejection& rejection) {
    dom::element document;
    if (const auto error = impl_->parse(line, document); error != simdjson::SUCCESS)
        return impl_->explain(line, error, rejection);
    dom::object object;
    if (document.get(object) != simdjson::SUCCESS)
        return reject(
            rejection, RejectReason::not_an_object,
            fmt::format("{} is {}; an object was expected", excerpt(line), type_name(document.type())));
    return impl_->read(object, bounds, fields, rejection);
}

std::string_view PaddedLine::copy(std::string_view line) {
    if (bytes_.size() < line.size() + json_padding) bytes_.resize(line.size() + json_padding);
    line.copy(bytes_.data(), line.size());
    return std::string_view(bytes_).substr(0, line.size());
}

}  // namespace weir

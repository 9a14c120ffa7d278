#include "codec/stored_lines.h"

#include <new>
#include <optional>
#include <vector>

#include "base/json_string.h"
#include "codec/csv_columns.h"
#include "codec/csv_reader.h"
#include "codec/json_event_parser.h"
#include "codec/text_excerpt.h"

namespace weir {
namespace {

tl::unexpected<Error> unreadable(std::string_view line, std::string_view problem) {
    std::string message = "a stored line is no event any more: ";
    (message += problem) += "; the line is " + excerpt(line);
    return fail(ErrorCode::storage, "line-unreadable", std::move(message),
                "the data folder is damaged: restore it from a copy");
}

// As append_json_string, for text that is known to be UTF-8: most cells need no escape and are copied at
// once.
void append_utf8_string(std::string& out, std::string_view text) {
    bool plain = true;
    for (const char c : text)
        plain &= static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
    if (!plain) return append_json_string(out, text);
    out += '"';
    out += text;
    out += '"';
}

}  // namespace

struct StoredLineReader::Impl {
    explicit Impl(std::string field) : group_by(field), json(std::move(field), max_json_depth) {}

    std::string group_by;
    JsonEventParser json;
    PaddedLine padded;
    EventFields fields;
    Rejection rejection;

    // The header that `columns` and `prefixes` were made from.
    std::string header;
    std::optional<CsvColumns> columns;
    std::vector<std::string>
        prefixes;  // of the columns in the JSON object: `,"County":`; event_id and ts have none
    CsvRecord record;
    std::string object;

    Result<EventView> read_json(std::string_view line);
    Result<EventView> read_csv(std::string_view csv_header, std::string_view line);
    Result<void> use_header(std::string_view csv_header);
    void write_object();
};

Result<EventView> StoredLineReader::Impl::read_json(std::string_view line) {
    if (!json.parse(padded.copy(line), TimeBounds{}, fields, rejection))
        return unreadable(line, rejection.message);
    return EventView{fields.event_id, fields.ts, fields.key, line};
}

Result<void> StoredLineReader::Impl::use_header(std::string_view csv_header) {
    if (columns && header == csv_header) return {};
    columns.reset();
    CsvReader reader(csv_header, /*last=*/true, 1, /*at_start=*/false);
    CsvRecord names;
    if (reader.next(names) != CsvStatus::record || names.raw != csv_header)
        return unreadable(csv_header, "its header is no CSV record");
    auto parsed = CsvColumns::from_header(std::move(names.cells), group_by);
    if (!parsed) return unreadable(csv_header, parsed.error().message);
    prefixes.clear();
    for (std::size_t i = 0; i < parsed->names.size(); ++i) {
        const bool own = i == parsed->event_id || i == parsed->ts;
        prefixes.push_back(own ? std::string() : "," + json_string(parsed->names[i]) + ":");
    }
    columns = *std::move(parsed);
    header = csv_header;
    return {};
}

void StoredLineReader::Impl::write_object() {
    object = R"({"event_id":)";
    append_utf8_string(object, record.cells[columns->event_id]);
    object += R"(,"ts":)";
    append_utf8_string(object, record.cells[columns->ts]);
    for (std::size_t i = 0; i < prefixes.size(); ++i) {
        if (prefixes[i].empty()) continue;
        object += prefixes[i];
        append_utf8_string(object, record.cells[i]);
    }
    object += '}';
}

Result<EventView> StoredLineReader::Impl::read_csv(std::string_view csv_header, std::string_view line) {
    if (auto used = use_header(csv_header); !used) return fail(std::move(used).error());
    CsvReader reader(line, /*last=*/true, 1, /*at_start=*/false);
    if (reader.next(record) != CsvStatus::record || record.raw != line)
        return unreadable(line, "it is no CSV record");
    if (!columns->read(record, group_by, TimeBounds{}, fields, rejection))
        return unreadable(line, rejection.message);
    write_object();
    return EventView{fields.event_id, fields.ts, fields.key, object};
}

StoredLineReader::StoredLineReader(std::string group_by)
    : impl_(std::make_unique<Impl>(std::move(group_by))) {}

StoredLineReader::~StoredLineReader() = default;
StoredLineReader::StoredLineReader(StoredLineReader&&) noexcept = default;
StoredLineReader& StoredLineReader::operator=(StoredLineReader&&) noexcept = default;

Result<EventView> StoredLineReader::read(LineFormat format, std::string_view csv_header,
                                         std::string_view line) {
    try {
        return format == LineFormat::csv ? impl_->read_csv(csv_header, line) : impl_->read_json(line);
    } catch (const std::bad_alloc&) {
        return fail(ErrorCode::overloaded, "out-of-memory",
                    "there is not enough memory to read a stored line");
    }
}

}  // namespace weir

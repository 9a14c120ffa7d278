#include "codec/csv_columns.h"

#include <algorithm>

#include <fmt/format.h>

#include "codec/text_excerpt.h"
#include "event/group_by.h"

// The whole of simdjson.h for one function, as base's is_utf8 takes a byte at a time.
#include <simdjson.h>

namespace weir {
namespace {

std::optional<std::size_t> find(const std::vector<std::string>& names, std::string_view name) {
    const auto it = std::find(names.begin(), names.end(), name);
    if (it == names.end()) return std::nullopt;
    return static_cast<std::size_t>(it - names.begin());
}

tl::unexpected<Error> bad_header(std::string problem) {
    return fail(ErrorCode::invalid, "csv-header-invalid",
                "the CSV header cannot be used: " + std::move(problem),
                "write a first line that names every column once, event_id and ts among them");
}

// The names for a person, cut to the first few.
std::string list(const std::vector<std::string>& names) {
    constexpr std::size_t most = 16;
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), most); ++i)
        text += (i == 0 ? "" : ", ") + excerpt(names[i]);
    if (names.size() > most) text += fmt::format(" and {} more", names.size() - most);
    return text;
}

std::optional<std::string> find_repeated(const std::vector<std::string>& names) {
    std::vector<std::string_view> sorted(names.begin(), names.end());
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice == sorted.end()) return std::nullopt;
    return std::string(*twice);
}

}  // namespace

Result<CsvColumns> CsvColumns::from_header(std::vector<std::string> names, std::string_view group_by) {
    if (names.size() > max_csv_cells)
        return bad_header(fmt::format("it has more than {} columns", max_csv_cells));
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i].empty()) return bad_header(fmt::format("column {} has no name", i + 1));
        if (!simdjson::validate_utf8(names[i]))
            return bad_header(
                fmt::format("the name of column {}, {}, is no UTF-8", i + 1, excerpt(names[i])));
    }
    if (const auto twice = find_repeated(names))
        return bad_header(fmt::format("it names {} twice", excerpt(*twice)));
    const auto event_id = find(names, "event_id"), ts = find(names, "ts");
    if (!event_id || !ts)
        return bad_header(
            fmt::format("there is no column {}; it names {}", event_id ? "ts" : "event_id", list(names)));
    CsvColumns columns{{}, *event_id, *ts, find(names, group_by)};
    if (const auto fields = group_by_fields(group_by); fields.size() > 1)
        for (const std::string& field : fields)
            columns.keys.push_back(find(names, field));
    columns.names = std::move(names);
    return columns;
}

bool CsvColumns::read(const CsvRecord& record, std::string_view group_by, const TimeBounds& bounds,
                      EventFields& fields, Rejection& rejection) {
    if (!simdjson::validate_utf8(record.raw))
        return reject(rejection, RejectReason::invalid_utf8,
                      fmt::format("{} holds bytes that are no UTF-8", excerpt(record.raw)));
    if (record.cells.size() != names.size())
        return reject(rejection, RejectReason::csv_field_count,
                      fmt::format("the record has {}{} cells; {} were expected, as in the header",
                                  record.cells.size() > max_csv_cells ? "over " : "",
                                  std::min(record.cells.size(), max_csv_cells), names.size()));
    fields.event_id = record.cells[event_id];
    if (fields.event_id.empty())
        return reject(rejection, RejectReason::event_id_missing,
                      "event_id is empty; the producer must give every event one of its own");
    if (!check_event_id(fields.event_id, rejection)) return false;
    const std::string_view time = record.cells[ts];
    if (time.empty())
        return reject(rejection, RejectReason::ts_missing,
                      "ts is empty; the time of the event in UTC was expected");
    if (!read_ts(time, bounds, fields.ts, rejection)) return false;
    if (!keys.empty()) {
        joined.clear();
        for (const auto& part : keys)
            append_key_part(joined, part ? std::string_view(record.cells[*part]) : std::string_view());
        return read_key(joined, shown_group_by(group_by), fields.key, rejection);
    }
    return read_key(key ? std::string_view(record.cells[*key]) : std::string_view(), group_by, fields.key,
                    rejection);
}

Rejection csv_rejection(RejectReason reason, std::string_view raw) {
    if (reason == RejectReason::csv_unclosed_quote)
        return {reason, fmt::format("{} opens a quote that is never closed; reading went on after its line",
                                    excerpt(raw))};
    return {reason, fmt::format("{} holds a quote where none may stand, or text after a closing one; a cell "
                                "with quotes is written "
                                "in quotes, with those inside doubled",
                                excerpt(raw))};
}

}  // namespace weir

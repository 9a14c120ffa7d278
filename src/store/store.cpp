#include "store/store.h"

#include <charconv>

#include <fmt/format.h>

#include "store/top_counts.h"

namespace weir {
namespace {

// Reads a decimal number that makes up all of `text`.
bool read_number(std::string_view text, std::uint64_t& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

Result<TopCounts> StoreReader::top_counts(TimeRange range, const TopRequest& request) {
    const auto counts = window_counts(range);
    if (!counts) return fail(counts.error());
    CountedKeys counted;
    counted.distinct = counts->counts.size();
    counted.total = counts->total;
    counted.late = counts->late;
    counted.keys.reserve(counts->counts.size());
    for (const auto& [key, count] : counts->counts)
        counted.keys.push_back({key, count});
    TopCounts top = choose_top(std::move(counted), request);
    top.as_of = counts->as_of;
    return top;
}

std::string format_cursor(const ScanCursor& cursor) {
    return fmt::format("{}.{}", cursor.position, cursor.line);
}

Result<ScanCursor> parse_cursor(const std::string& text) {
    const std::string_view view = text;
    const std::size_t dot = view.find('.');
    ScanCursor cursor;
    if (dot == std::string_view::npos || !read_number(view.substr(0, dot), cursor.position) ||
        !read_number(view.substr(dot + 1), cursor.line))
        return fail(ErrorCode::invalid, "cursor-invalid",
                    fmt::format("'{}' is not a cursor", view.substr(0, 64)),
                    "pass the value of Weir-Next-Cursor unchanged");
    return cursor;
}

}  // namespace weir

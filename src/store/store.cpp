#include "store/store.h"

#include <charconv>

#include <fmt/format.h>

namespace weir {
namespace {

// Reads a decimal number that makes up all of `text`.
bool read_number(std::string_view text, std::uint64_t& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

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

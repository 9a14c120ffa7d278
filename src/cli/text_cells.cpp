#include "cli/text_cells.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cwchar>

#include <fmt/format.h>
#include <locale.h>

#include "base/text.h"

namespace weir::cli {
namespace {

constexpr std::size_t most_marks =
    2;  // on one letter: Vietnamese has two, a key that paints over others more

struct Range {
    char32_t first, last;
};
// Unicode's format characters, line separators and tags: nothing to see, but not without effect.
constexpr std::array<Range, 16> hidden{{{0x00AD, 0x00AD},
                                        {0x034F, 0x034F},
                                        {0x0600, 0x0605},
                                        {0x061C, 0x061C},
                                        {0x06DD, 0x06DD},
                                        {0x070F, 0x070F},
                                        {0x115F, 0x1160},
                                        {0x180B, 0x180F},
                                        {0x200B, 0x200F},
                                        {0x2028, 0x202E},
                                        {0x2060, 0x206F},
                                        {0x3164, 0x3164},
                                        {0xFEFF, 0xFEFF},
                                        {0xFFF0, 0xFFFB},
                                        {0x1D173, 0x1D17A},
                                        {0xE0000, 0xE0FFF}}};

struct CodePoint {
    char32_t value = 0;
    std::size_t bytes = 1;
};

// Of well-formed UTF-8.
CodePoint first_of(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    const std::size_t bytes = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (bytes == 1 || bytes > text.size()) return {lead, 1};
    char32_t value = lead & (0xFFU >> (bytes + 1));
    for (std::size_t i = 1; i < bytes; ++i)
        value = (value << 6U) | (byte(i) & 0x3FU);
    return {value, bytes};
}

// The C library knows the widths of its Unicode; its answer must not depend on the user's locale.
int width_in_utf8_locale(char32_t c) {
    static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (utf8 == nullptr) return -1;
    const locale_t before = ::uselocale(utf8);
    const int width = ::wcwidth(static_cast<wchar_t>(c));
    ::uselocale(before);
    return width;
}

// -1: not to be shown as it is.
int width_of(char32_t c) {
    if (c < 0x80) return c < 0x20 || c == 0x7F ? -1 : 1;
    if (std::ranges::any_of(hidden, [c](const Range& r) { return r.first <= c && c <= r.last; })) return -1;
    return width_in_utf8_locale(c);
}

}  // namespace

std::string harmless(std::string_view text, CharacterSet set) {
    const std::string checked = printable(text);
    std::string out;
    std::size_t marks = 0;
    for (std::string_view rest = checked; !rest.empty();) {
        const CodePoint c = first_of(rest);
        const int width = width_of(c.value);
        marks = width == 0 ? marks + 1 : 0;
        const bool lonely_mark = width == 0 && out.empty();
        if (width < 0 || lonely_mark || marks > most_marks || (set == CharacterSet::ascii && c.value >= 0x80))
            out += fmt::format("\\u{{{:04X}}}", static_cast<std::uint32_t>(c.value));
        else
            out += rest.substr(0, c.bytes);
        rest.remove_prefix(c.bytes);
    }
    return out;
}

std::size_t cells(std::string_view harmless_text) {
    std::size_t columns = 0;
    while (!harmless_text.empty()) {
        const CodePoint c = first_of(harmless_text);
        columns += static_cast<std::size_t>(std::max(0, width_of(c.value)));
        harmless_text.remove_prefix(c.bytes);
    }
    return columns;
}

std::string cut_to_cells(std::string_view harmless_text, std::size_t width, CharacterSet set) {
    if (cells(harmless_text) <= width) return std::string(harmless_text);
    if (width == 0) return {};
    std::size_t columns = 0, kept = 0;
    while (kept < harmless_text.size()) {
        const CodePoint c = first_of(harmless_text.substr(kept));
        columns += static_cast<std::size_t>(std::max(0, width_of(c.value)));
        if (columns > width - 1) break;
        kept += c.bytes;
    }
    return std::string(harmless_text.substr(0, kept)) + (set == CharacterSet::utf8 ? "…" : "~");
}

CharacterSet character_set_of_environment() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing changes it
        if (value == nullptr || *value == '\0') continue;
        const bool utf8 = contains_ignoring_case(value, "utf-8") || contains_ignoring_case(value, "utf8");
        return utf8 ? CharacterSet::utf8 : CharacterSet::ascii;
    }
    return CharacterSet::ascii;
}

}  // namespace weir::cli

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include <fmt/format.h>

namespace weir {
namespace {

unsigned char byte(std::string_view text, std::size_t i) {
    return static_cast<unsigned char>(text[i]);
}

// Length of the well-formed UTF-8 sequence at `i`, or 0 (Unicode 15, table 3-7).
std::size_t sequence_length(std::string_view text, std::size_t i) {
    const unsigned char first = byte(text, i);
    if (first < 0x80) return 1;
    std::size_t length = 0;
    unsigned char low = 0x80, high = 0xBF;
    if (first >= 0xC2 && first <= 0xDF)
        length = 2;
    else if (first >= 0xE0 && first <= 0xEF)
        length = 3;
    else if (first >= 0xF0 && first <= 0xF4)
        length = 4;
    else
        return 0;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
    if (i + length > text.size()) return 0;
    if (byte(text, i + 1) < low || byte(text, i + 1) > high) return 0;
    for (std::size_t k = 2; k < length; ++k)
        if (byte(text, i + k) < 0x80 || byte(text, i + k) > 0xBF) return 0;
    return length;
}

// Bytes that stand for themselves in a JSON string: nearly all of most texts, so they are passed over fast.
constexpr std::array<bool, 256> is_plain = [] {
    std::array<bool, 256> table{};
    for (std::size_t c = 0x20; c < 0x80; ++c)
        table[c] = c != '"' && c != '\\';
    return table;
}();

void append_escaped(std::string& out, unsigned char c) {
    switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\b':
            out += "\\b";
            break;
        case '\f':
            out += "\\f";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            out += fmt::format("\\u{:04x}", c);
    }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    std::size_t plain = 0;  // start of the run that needs no change
    for (std::size_t i = 0; i < text.size();) {
        const unsigned char c = byte(text, i);
        if (is_plain[c]) {
            ++i;
            continue;
        }
        const std::size_t length = sequence_length(text, i);
        if (length > 1) {
            i += length;
            continue;
        }
        out.append(text, plain, i - plain);
        if (length == 0)
            out += "\xEF\xBF\xBD";
        else
            append_escaped(out, c);
        plain = ++i;
    }
    out.append(text, plain, text.size() - plain);
    out += '"';
}

std::string json_string(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 2);
    append_json_string(out, text);
    return out;
}

std::string printable(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const unsigned char c = byte(text, i);
        const std::size_t length = sequence_length(text, i);
        const bool c1_control = length == 2 && c == 0xC2 && byte(text, i + 1) < 0xA0;
        if (length == 0 || c < 0x20 || c == 0x7F || c1_control) {
            for (std::size_t k = 0; k < (c1_control ? 2U : 1U); ++k)
                out += fmt::format("\\x{:02X}", byte(text, i + k));
            i += c1_control ? 2 : 1;
        } else {
            out.append(text, i, length);
            i += length;
        }
    }
    return out;
}

bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        if (byte(text, i) < 0x80) {
            ++i;
            continue;
        }
        const std::size_t length = sequence_length(text, i);
        if (length == 0) return false;
        i += length;
    }
    return true;
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
    const auto lower = [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    };
    return part.empty() || std::search(text.begin(), text.end(), part.begin(), part.end(),
                                       [&](char a, char b) { return lower(a) == lower(b); }) != text.end();
}

std::string with_commas(unsigned long long number) {
    std::string digits = fmt::format("{}", number);
    for (std::size_t i = digits.size(); i > 3; i -= 3)
        digits.insert(i - 3, ",");
    return digits;
}

}  // namespace weir

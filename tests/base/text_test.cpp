#include "base/text.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/bytes.h"
#include "base/json_escape.h"
#include "base/json_string.h"

namespace weir {
namespace {

// Bytes of the character that `text` begins with, decoded as RFC 3629 says; 0 when it is malformed.
std::size_t well_formed(std::string_view text) {
    const auto byte = [&](std::size_t i) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
    };
    if (byte(0) < 0x80) return 1;
    const std::size_t length = byte(0) >> 5U == 6 ? 2 : byte(0) >> 4U == 14 ? 3 : byte(0) >> 3U == 30 ? 4 : 0;
    if (length == 0 || length > text.size()) return 0;
    std::uint32_t point = byte(0) & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if (byte(i) >> 6U != 2) return 0;
        point = point << 6U | (byte(i) & 63U);
    }
    const std::uint32_t least = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    return point < least || point > 0x10FFFF || surrogate ? 0 : length;
}

TEST(Text, json_strings_are_escaped_as_rfc_8259_says) {
    EXPECT_EQ(json_string("a\"b\\c\n\x01"), R"("a\"b\\c\n\u0001")");
    EXPECT_EQ(json_string("\xC3\xA9"), "\"\xC3\xA9\"");
    EXPECT_EQ(json_string("a\xFFz"), "\"a\xEF\xBF\xBDz\"");
}

// RFC 8259, section 7, one character after the other.
std::string escaped_slowly(std::string_view text) {
    std::string out = "\"";
    for (std::size_t i = 0; i < text.size();) {
        const auto c = static_cast<unsigned char>(text[i]);
        std::size_t length = 1;
        if (c == '"' || c == '\\')
            out += {'\\', text[i]};
        else if (c < 0x20)
            out += c == '\b'   ? "\\b"
                   : c == '\f' ? "\\f"
                   : c == '\n' ? "\\n"
                   : c == '\r' ? "\\r"
                   : c == '\t' ? "\\t"
                               : fmt::format("\\u{:04x}", c);
        else if (c < 0x80)
            out += text[i];
        else if (length = well_formed(text.substr(i)); length > 0)
            out += text.substr(i, length);
        else
            out += "\xEF\xBF\xBD";
        i += std::max<std::size_t>(length, 1);
    }
    return out + '"';
}

// Texts in which what is rare elsewhere stands at every place of a block.
rc::Gen<std::string> hostile_text() {
    return rc::gen::map(
        rc::gen::container<std::vector<std::string>>(
            rc::gen::weightedElement<std::string>({{6, "plain text "},
                                                   {6, "x"},
                                                   {2, "\""},
                                                   {2, "\\"},
                                                   {1, "\n"},
                                                   {1, "\x1f"},
                                                   {1, std::string(1, '\0')},
                                                   {1, "\x7f"},
                                                   {1, "\xC3\xA9"},
                                                   {1, "\xE2\x82\xAC"},
                                                   {1, "\xF0\x9F\x90\x9F"},
                                                   {1, "\xC3"},
                                                   {1, "\xED\xA0\x80"},
                                                   {1, "\xF4\x90\x80\x80"},
                                                   {1, "\xFF"}})),
        [](const std::vector<std::string>& pieces) { return fmt::format("{}", fmt::join(pieces, "")); });
}

RC_GTEST_PROP(Text, json_strings_are_as_one_character_after_the_other_gives, ()) {
    const std::string text = *hostile_text();
    std::string out = *rc::gen::element<std::string>("", "before");
    const std::string expected = out + escaped_slowly(text);
    append_json_string(out, text);
    RC_ASSERT(out == expected);
}

// Blocks in which any choice of bytes is a quote or a backslash, and nothing else is special.
RC_GTEST_PROP(Text, quotes_and_backslashes_are_escaped_wherever_they_stand, ()) {
    const auto text = *rc::gen::container<std::string>(rc::gen::element('"', '\\', 'a', 'b', ' ', '~'));
    std::string out;
    RC_ASSERT(append_json_utf8(out, text));
    RC_ASSERT(out == escaped_slowly(text));
}

// Every way that this machine can go, in a room that may be too small for all.
RC_GTEST_PROP(Text, all_ways_to_escape_go_as_far_as_a_byte_at_a_time_does, ()) {
    const std::string text = *hostile_text();
    const auto room = *rc::gen::inRange<std::size_t>(0, 3 * text.size() + 1);
    const std::string_view plain = std::string_view(text).substr(
        0, static_cast<std::size_t>(std::find_if(text.begin(), text.end(),
                                                 [](char c) {
                                                     const auto byte = static_cast<unsigned char>(c);
                                                     return byte < 0x20 || byte >= 0x80;
                                                 }) -
                                    text.begin()));
    for (const EscapeRun run : escape_runs()) {
        std::string to(room, '?');
        const EscapeProgress done = run(text, to);
        RC_ASSERT(done.read <= plain.size() && done.written <= room);
        RC_ASSERT(done.read == plain.size() || room - done.written < escape_room);
        RC_ASSERT('"' + to.substr(0, done.written) + '"' == escaped_slowly(text.substr(0, done.read)));
    }
}

RC_GTEST_PROP(Text, escaping_says_whether_the_text_was_utf8, ()) {
    const std::string text = *hostile_text();
    std::string out;
    RC_ASSERT(append_json_utf8(out, text) == is_utf8(text));
    RC_ASSERT(out == escaped_slowly(text));
}

RC_GTEST_PROP(Text, utf8_is_checked_as_one_character_after_the_other_gives, ()) {
    const std::string text = *hostile_text();
    bool expected = true;
    for (std::size_t i = 0; expected && i < text.size();) {
        const std::size_t length = well_formed(std::string_view(text).substr(i));
        expected = length > 0;
        i += length;
    }
    RC_ASSERT(is_utf8(text) == expected);
}

TEST(Text, only_well_formed_utf8_is_utf8) {
    EXPECT_TRUE(is_utf8("caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x90\x9F"));
    for (const char* bad :
         {"\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\x80", "\xF8\x88\x80\x80\x80"})
        EXPECT_FALSE(is_utf8(bad)) << bad;
}

TEST(Text, nothing_printed_can_move_a_terminal) {
    EXPECT_EQ(printable("a\x1B[31mb\xC2\x9B\xFF\n"), "a\\x1B[31mb\\xC2\\x9B\\xFF\\x0A");
    EXPECT_EQ(printable("St. Lawrence \xC3\xA9"), "St. Lawrence \xC3\xA9");
}

TEST(Text, groups_digits_by_three) {
    EXPECT_EQ(with_commas(0), "0");
    EXPECT_EQ(with_commas(999), "999");
    EXPECT_EQ(with_commas(1000), "1,000");
    EXPECT_EQ(with_commas(12345678), "12,345,678");
}

TEST(Bytes, reads_and_writes_sizes) {
    EXPECT_EQ(parse_bytes("8MiB")->count, 8U << 20U);
    EXPECT_EQ(parse_bytes("500")->count, 500U);
    EXPECT_EQ(exact_bytes(8_MiB), "8MiB");
    EXPECT_EQ(format_bytes(Bytes{12'900'000}), "12.3 MiB");
    for (const char* text : {"", "8 MiB", "-1", "8XB", "99999999999999999999", "18446744073709551615KiB"})
        EXPECT_FALSE(parse_bytes(text).has_value()) << text;
}

}  // namespace
}  // namespace weir

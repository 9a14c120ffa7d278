#include "base/text.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace weir {
namespace {

TEST(Text, json_strings_are_escaped_as_rfc_8259_says) {
    EXPECT_EQ(json_string("a\"b\\c\n\x01"), R"("a\"b\\c\n\u0001")");
    EXPECT_EQ(json_string("\xC3\xA9"), "\"\xC3\xA9\"");
    EXPECT_EQ(json_string("a\xFFz"), "\"a\xEF\xBF\xBDz\"");
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

#include "cli/text_cells.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace weir::cli {
namespace {

constexpr auto utf8 = CharacterSet::utf8;
constexpr auto ascii = CharacterSet::ascii;

TEST(TextCells, what_steers_a_terminal_is_written_out) {
    EXPECT_EQ(harmless("a\x1b[2Jb\n\t\x7f", utf8), "a\\x1B[2Jb\\x0A\\x09\\x7F");
    EXPECT_EQ(harmless("\xC2\x9B"
                       "31m",
                       utf8),
              "\\xC2\\x9B31m")
        << "CSI as one character of C1";
    EXPECT_EQ(harmless("\xFF\xC0\x80", utf8), "\\xFF\\xC0\\x80") << "no UTF-8";
}

TEST(TextCells, what_is_invisible_or_turns_the_text_is_written_out) {
    EXPECT_EQ(harmless("ab\u202Ecd", utf8), "ab\\u{202E}cd") << "right-to-left override";
    EXPECT_EQ(harmless("\u200Bx\uFEFF\u2028", utf8), "\\u{200B}x\\u{FEFF}\\u{2028}");
    EXPECT_EQ(harmless("\U000E0041", utf8), "\\u{E0041}") << "a tag";
    EXPECT_EQ(harmless("\u0378", utf8), "\\u{0378}") << "not assigned";
}

TEST(TextCells, letters_of_any_script_stay) {
    for (const char* name : {"St. Lawrence", "Zürich", "東京", "Владивосток", "e\u0301", "🐟"})
        EXPECT_EQ(harmless(name, utf8), name);
}

TEST(TextCells, a_letter_has_two_marks_at_most) {
    EXPECT_EQ(harmless("o\u0302\u0301x", utf8), "o\u0302\u0301x");
    EXPECT_EQ(harmless("o\u0301\u0301\u0301\u0301x", utf8), "o\u0301\u0301\\u{0301}\\u{0301}x");
    EXPECT_EQ(harmless("\u0301x", utf8), "\\u{0301}x")
        << "a mark on nothing would stand on what is before the text";
}

TEST(TextCells, ascii_is_enough_for_all_of_it) {
    EXPECT_EQ(harmless("Zürich 東", ascii), "Z\\u{00FC}rich \\u{6771}");
}

// Unicode Standard Annex 11: W and F take two columns; marks take none.
TEST(TextCells, wide_characters_take_two_columns) {
    EXPECT_EQ(cells("Delaware"), 8U);
    EXPECT_EQ(cells("Zürich"), 6U);
    EXPECT_EQ(cells("東京"), 4U);
    EXPECT_EQ(cells("🐟"), 2U);
    EXPECT_EQ(cells("e\u0301"), 1U);
    EXPECT_EQ(cells("ｗ"), 2U);
}

TEST(TextCells, cutting_leaves_room_for_its_mark) {
    EXPECT_EQ(cut_to_cells("Delaware", 8, utf8), "Delaware");
    EXPECT_EQ(cut_to_cells("Delaware", 7, utf8), "Delawa…");
    EXPECT_EQ(cut_to_cells("Delaware", 7, ascii), "Delawa~");
    EXPECT_EQ(cut_to_cells("東京都", 5, utf8), "東京…");
    EXPECT_EQ(cut_to_cells("東京都", 4, utf8), "東…") << "half of a wide character is none";
    EXPECT_EQ(cut_to_cells("x", 0, utf8), "");
}

RC_GTEST_PROP(TextCells, no_bytes_at_all_are_harmful, (const std::string& bytes, bool narrow)) {
    const std::string shown = harmless(bytes, narrow ? ascii : utf8);
    RC_ASSERT(std::ranges::none_of(shown,
                                   [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }));
    if (narrow)
        RC_ASSERT(std::ranges::all_of(shown, [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
    const auto width = *rc::gen::inRange<std::size_t>(0, 20);
    RC_ASSERT(cells(cut_to_cells(shown, width, utf8)) <= width);
}

}  // namespace
}  // namespace weir::cli

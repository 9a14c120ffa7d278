#include "cli/table.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace weir::cli {
namespace {

TEST(Table, aligns_words_left_and_numbers_right) {
    Table table({{"KEY"}, {"COUNT", Table::Align::right}, {"NOTE"}});
    table.add({"Delaware", "1,187", "most"});
    table.add({"St. Lawrence", "9", ""});
    EXPECT_EQ(table.text(),
              "KEY           COUNT  NOTE\n"
              "Delaware      1,187  most\n"
              "St. Lawrence      9\n");
}

TEST(Table, counts_columns_and_not_bytes) {
    Table table({{"K"}, {"N", Table::Align::right}});
    table.add({"Zürich", "1"});
    table.add({"Geneva", "2"});
    EXPECT_EQ(table.text(), "K       N\nZürich  1\nGeneva  2\n");
}

TEST(Table, makes_control_characters_harmless) {
    Table table({{"K"}});
    table.add({"\x1b[2J\nDelaware"});
    EXPECT_EQ(table.text(), "K\n\\x1B[2J\\x0ADelaware\n");
}

TEST(NameValueLines, puts_the_values_in_one_column) {
    EXPECT_EQ(name_value_lines({{"run id", "r1"}, {"sent", "5"}}), "run id  r1\nsent    5\n");
}

TEST(Fit, leaves_what_fits_and_marks_what_was_cut) {
    EXPECT_EQ(fit("abc", 3), "abc");
    EXPECT_EQ(fit("abcd", 3), "ab…");
    EXPECT_EQ(fit("äöüß", 3), "äö…");
    EXPECT_EQ(fit("abc", 0), "");
    EXPECT_EQ(fit("abc", 1), "…");
}

RC_GTEST_PROP(Fit, never_exceeds_the_width, (std::string text)) {
    const auto width = *rc::gen::inRange<std::size_t>(0, 40);
    RC_ASSERT(display_width(fit(text, width)) <= std::max(width, display_width("")));
}

}  // namespace
}  // namespace weir::cli

#include "cli/suggest.h"

#include <array>

#include <gtest/gtest.h>

namespace weir::cli {
namespace {

const std::array<std::string, 4> commands{"stream", "serve", "query", "verify"};

TEST(Suggest, finds_the_nearest_within_two_edits) {
    EXPECT_EQ(suggest("strem", commands), "stream");
    EXPECT_EQ(suggest("qery", commands), "query");
    EXPECT_EQ(suggest("sevre", commands), "serve");
}

TEST(Suggest, is_silent_about_what_is_too_far) {
    EXPECT_EQ(suggest("delete", commands), "");
    EXPECT_EQ(suggest("x", commands), "");
    EXPECT_EQ(suggest("", commands), "");
}

}  // namespace
}  // namespace weir::cli

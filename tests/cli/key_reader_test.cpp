#include "cli/key_reader.h"

#include <gtest/gtest.h>

namespace weir::cli {
namespace {

using Keys = std::vector<TypedKey>;

Keys keys_of(std::string_view bytes) {
    return KeyReader().feed(bytes);
}

TEST(KeyReader, knows_the_sequences_of_xterm_in_both_modes) {
    EXPECT_EQ(keys_of("\x1b[A\x1b[B\x1bOA\x1bOB"),
              (Keys{{KeyCode::up}, {KeyCode::down}, {KeyCode::up}, {KeyCode::down}}));
    EXPECT_EQ(keys_of("\x1b[5~\x1b[6~"), (Keys{{KeyCode::page_up}, {KeyCode::page_down}}));
    EXPECT_EQ(keys_of("\x1b[H\x1b[F\x1b[1~\x1b[4~\x1bOH\x1b[7~\x1b[8~"), (Keys{{KeyCode::home},
                                                                               {KeyCode::end},
                                                                               {KeyCode::home},
                                                                               {KeyCode::end},
                                                                               {KeyCode::home},
                                                                               {KeyCode::home},
                                                                               {KeyCode::end}}));
    EXPECT_EQ(keys_of("\r\x7f\b\x15"),
              (Keys{{KeyCode::enter}, {KeyCode::backspace}, {KeyCode::backspace}, {KeyCode::clear_line}}));
}

TEST(KeyReader, passes_over_what_it_does_not_know) {
    EXPECT_EQ(keys_of("\x1b[15~\x1b[1;5C\x1b[<0;1;2Mq"), (Keys{{KeyCode::character, "q"}}));
    EXPECT_EQ(keys_of("\x01\xff\xc0q"), (Keys{{KeyCode::character, "q"}}));
    KeyReader reader;
    EXPECT_EQ(reader.feed("\x1b[" + std::string(40, '1')), Keys{}) << "a sequence without end";
    EXPECT_EQ(reader.feed("q"), (Keys{{KeyCode::character, "q"}}));
}

TEST(KeyReader, a_character_may_come_in_pieces) {
    KeyReader reader;
    EXPECT_EQ(reader.feed("\xc3"), Keys{});
    EXPECT_EQ(reader.feed("\xbcx"), (Keys{{KeyCode::character, "ü"}, {KeyCode::character, "x"}}));
    EXPECT_EQ(reader.feed("\x1b"), Keys{});
    EXPECT_EQ(reader.feed("["), Keys{});
    EXPECT_EQ(reader.feed("A"), (Keys{{KeyCode::up}}));
}

TEST(KeyReader, escape_alone_is_a_key_once_nothing_follows) {
    KeyReader reader;
    EXPECT_EQ(reader.feed("\x1b"), Keys{});
    EXPECT_TRUE(reader.unfinished());
    EXPECT_EQ(reader.finish(), (Keys{{KeyCode::escape}}));
    EXPECT_FALSE(reader.unfinished());
    EXPECT_EQ(reader.feed("\x1bx"), (Keys{{KeyCode::escape}, {KeyCode::character, "x"}}));
}

}  // namespace
}  // namespace weir::cli

// What `weir top` draws, against screens written by hand.
#include "cli/top_picture.h"

#include <regex>

#include <gtest/gtest.h>

#include "cli/top_state.h"
#include "top_world.h"

namespace weir::cli {
namespace {

using namespace std::chrono_literals;

const std::string three_keys = R"({"\u001b[31mRed":2,"Delaware":1870,"St. Lawrence":935})";
const std::string before_that = R"({"\u001b[31mRed":2,"Delaware":1858,"St. Lawrence":936})";

std::string text_of(const Frame& frame) {
    std::string out;
    for (const Line& line : frame.lines)
        out += plain_text(line) + "\n";
    return out;
}

TopState world(CharacterSet set = CharacterSet::utf8) {
    TopState state("127.0.0.1:8080", "County", set, TopOrder::count);
    state.on_look(look_at(snapshot_of(before_that, 2796), some_time - 5s));
    state.on_look(look_at(snapshot_of(three_keys, 2807), some_time));
    return state;
}

std::string screen(TopState& state, ScreenSize size, SteadyTime now = some_time + 300ms) {
    return text_of(draw_top(state.picture(now, size), size));
}

TEST(TopPicture, eighty_columns) {
    TopState state = world();
    EXPECT_EQ(screen(state, {80, 11}),
              "weir top   127.0.0.1:8080   live, 0.3 s ago\n"
              "window 01:47:31Z to 01:52:31Z (5m)\n"
              "total 2,807   rate 1,180/s   late 3   rejected 12   keys 3\n"
              "ledger balances: 30,000 received = 29,988 stored + 0 duplicates + 12 rejected\n"
              "  #  County        COUNT   SHARE  CHANGE\n"
              "  1  Delaware      1,870   66.6%     +12  ██████████████████████████████████████\n"
              "  2  St. Lawrence    935   33.3%      -1  ███████████████████\n"
              "  3  \\x1B[31mRed       2    0.1%       =  ▏\n"
              "\n"
              "\n"
              "q quit  / search  s sort  p pause  ? help   1-3 of 3, by count\n");
}

TEST(TopPicture, forty_columns) {
    TopState state = world();
    EXPECT_EQ(screen(state, {40, 11}),
              "weir top  127.0.0.1:8080\n"
              "live, 0.3 s ago\n"
              "window 01:47:31Z to 01:52:31Z (5m)\n"
              "total 2,807  rate 1,180/s  late 3\n"
              "rejected 12  keys 3\n"
              "ledger balances\n"
              "County        COUNT  CHANGE\n"
              "Delaware      1,870     +12  ███████████\n"
              "St. Lawrence    935      -1  █████▌\n"
              "\\x1B[31mRed       2       =  ▏\n"
              "q quit  ? help   1-3 of 3, by count\n");
}

TEST(TopPicture, a_terminal_of_ascii_alone) {
    TopState state = world(CharacterSet::ascii);
    const std::string shown = screen(state, {40, 11});
    EXPECT_NE(shown.find("St. Lawrence    935      -1  ######\n"), std::string::npos) << shown;
    EXPECT_EQ(shown.find_first_not_of("\n -~ 0123456789"
                                      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,:()[]\\#+=?/"),
              std::string::npos)
        << shown;
}

TEST(TopPicture, a_lost_connection_is_said_in_words) {
    TopState state = world();
    LiveSource::Look look = look_at(snapshot_of(three_keys, 2807));
    look.connected = false;
    look.changed = some_time + 1s;
    look.trouble = "cannot connect to 127.0.0.1:8080: Connection refused";
    look.next_try = some_time + 16s;
    state.on_look(look);
    const std::string shown = screen(state, {80, 11}, some_time + 13s);
    EXPECT_EQ(shown.substr(0, shown.find("window")),
              "weir top   127.0.0.1:8080   connection lost\n"
              "Lost 12 s ago: cannot connect to 127.0.0.1:8080: Connection refused. Next try in\n"
              "3 s. The numbers below are those of 13 s ago.\n");
}

TEST(TopPicture, what_stops_events_from_being_taken_is_said_in_words) {
    TopState state("x", "County", CharacterSet::utf8, TopOrder::count);
    state.on_look(look_at(snapshot_of("{}", 0, "", "disk-full", 29'987)));
    const std::string shown = screen(state, {80, 9});
    EXPECT_EQ(shown,
              "weir top   x   live, 0.3 s ago\n"
              "window 01:47:31Z to 01:52:31Z (5m)   the disk is full: no events are taken\n"
              "total 0   rate 1,180/s   late 3   rejected 12   keys 0\n"
              "ledger DOES NOT BALANCE: 30,000 received is not 29,987 stored + 0 duplicates +\n"
              "12 rejected\n"
              "  #  County    COUNT   SHARE  CHANGE\n"
              "no events in this window yet; weir stream FILE sends some\n"
              "\n"
              "q quit  / search  s sort  p pause  ? help\n");
}

TEST(TopPicture, keys_that_the_server_left_away_are_told) {
    TopState state("x", "County", CharacterSet::utf8, TopOrder::count);
    state.on_look(look_at(snapshot_of(three_keys, 5000, R"(,"keys":1200)")));
    const std::string shown = screen(state, {80, 12});
    EXPECT_NE(shown.find("keys 1,200\n"), std::string::npos) << shown;
    EXPECT_NE(shown.find("\nthe 3 largest of 1,200 keys\n"), std::string::npos) << shown;
}

TEST(TopPicture, a_wide_name_moves_nothing_beside_it) {
    TopState state("x", "County", CharacterSet::utf8, TopOrder::count);
    state.on_look(look_at(snapshot_of(R"({"東京":2,"Kent":2,"🐟 Zürich":1})", 5)));
    const std::string shown = screen(state, {40, 11});
    EXPECT_NE(shown.find("\nKent           2          ██████████"), std::string::npos) << shown;
    EXPECT_NE(shown.find("\n東京           2          ██████████"), std::string::npos) << shown;
    EXPECT_NE(shown.find("\n🐟 Zürich      1          █████"), std::string::npos) << shown;
}

TEST(TopPicture, no_line_is_wider_or_lower_than_any_screen) {
    TopState state = world();
    state.on_look(
        look_at(snapshot_of(R"({")" + std::string(250, 'W') + R"(":7,"東京都千代田区永田町":6,"b":1})", 14)));
    for (const bool help : {false, true}) {
        for (std::size_t columns = 1; columns <= 130; ++columns) {
            for (std::size_t rows = 1; rows <= 20; ++rows) {
                TopPicture picture = state.picture(some_time, {columns, rows});
                picture.help = help;
                const Frame frame = draw_top(picture, {columns, rows});
                ASSERT_LE(frame.lines.size(), rows);
                for (const Line& line : frame.lines)
                    ASSERT_LE(cells(plain_text(line)), columns)
                        << columns << "x" << rows << ": " << plain_text(line);
            }
        }
    }
}

TEST(TopPicture, printed_once_it_shows_every_key_whole) {
    TopState state("x", "County", CharacterSet::utf8, TopOrder::count);
    const std::string name(100, 'n');
    state.on_look(look_at(snapshot_of(R"({")" + name + R"(":2,"Kent":1})", 3)));
    const std::string text = print_top(state.picture(some_time, {80, 80}), 80);
    EXPECT_NE(text.find("\n  1  " + name + "      2   66.7%  █"), std::string::npos) << text;
    EXPECT_NE(text.find("\n  2  Kent "), std::string::npos) << text;
    EXPECT_EQ(text.find("CHANGE"), std::string::npos) << text;
    EXPECT_EQ(text.find("quit"), std::string::npos) << text;
}

// Colours are added to a screen that says everything without them.
TEST(TopPicture, without_colours_no_word_is_missing) {
    TopState state = world();
    const Frame frame = draw_top(state.picture(some_time, {80, 11}), {80, 11});
    const std::string colored = drawn_frame(nullptr, frame, true);
    const std::string plain = drawn_frame(nullptr, frame, false);
    EXPECT_NE(colored, plain);
    const std::regex rendition("\x1b\\[[0-9;]*m");
    EXPECT_EQ(std::regex_replace(colored, rendition, ""), std::regex_replace(plain, rendition, ""));
    EXPECT_FALSE(std::regex_search(plain, std::regex("\x1b\\[[1-9][0-9;]*m"))) << "a colour";
}

TEST(TopFrame, only_lines_that_differ_are_drawn_again) {
    const Frame before{{{{0, "one"}}, {{0, "two"}, {8, "2"}}, {{0, "three"}}}, {}};
    Frame after = before;
    after.lines[1][1].text = "3";
    EXPECT_EQ(drawn_frame(&before, after, false), "\x1b[?25l\x1b[2;1H\x1b[2K\x1b[1Gtwo\x1b[9G3");
    EXPECT_EQ(drawn_frame(&before, before, false), "\x1b[?25l");
    after.lines.resize(1);
    EXPECT_EQ(drawn_frame(&before, after, false), "\x1b[?25l\x1b[2;1H\x1b[2K\x1b[3;1H\x1b[2K");
}

}  // namespace
}  // namespace weir::cli

#include "cli/top_state.h"

#include <gtest/gtest.h>

#include "top_world.h"

namespace weir::cli {
namespace {

using namespace std::chrono_literals;

constexpr ScreenSize screen{80, 10};  // room for four keys: four lines stand above, two around

TopState state_of(const std::string& counts, std::uint64_t total) {
    TopState state("x", "County", CharacterSet::utf8, TopOrder::count);
    state.on_look(look_at(snapshot_of(counts, total)));
    return state;
}

std::string names(const TopPicture& picture) {
    std::string out;
    for (const TopKey& key : picture.keys)
        out += key.key + " ";
    return out;
}

bool type(TopState& state, const std::string& text, std::size_t page = 4) {
    bool stays = true;
    for (const char c : text)
        stays = state.on_key({KeyCode::character, std::string(1, c)}, page);
    return stays;
}

const std::string letters = R"({"a":9,"b":8,"c":7,"d":6,"e":5,"f":4,"g":3,"h":2,"i":1,"j":1})";

TEST(TopState, q_leaves_but_not_while_searching) {
    TopState state = state_of(letters, 46);
    EXPECT_TRUE(type(state, "/q"));
    EXPECT_EQ(state.picture(some_time, screen).search, "q");
    EXPECT_TRUE(state.on_key({KeyCode::escape}, 4));
    EXPECT_FALSE(type(state, "q"));
}

TEST(TopState, moving_stays_within_the_list) {
    TopState state = state_of(letters, 46);
    const auto first_after = [&](KeyCode code) {
        state.on_key({code}, 4);
        return state.picture(some_time, screen).first;
    };
    EXPECT_EQ(first_after(KeyCode::up), 0U);
    EXPECT_EQ(first_after(KeyCode::down), 1U);
    EXPECT_EQ(first_after(KeyCode::page_down), 5U);
    EXPECT_EQ(first_after(KeyCode::page_down), 6U) << "ten keys, four on the screen";
    EXPECT_EQ(first_after(KeyCode::down), 6U);
    EXPECT_EQ(first_after(KeyCode::page_up), 2U);
    EXPECT_EQ(first_after(KeyCode::end), 6U);
    EXPECT_EQ(first_after(KeyCode::home), 0U);
    state.on_key({KeyCode::end}, 4);
    state.on_look(look_at(snapshot_of(R"({"a":1})", 1), some_time + 1s));
    EXPECT_EQ(state.picture(some_time, screen).first, 0U) << "the list has become shorter";
}

TEST(TopState, a_search_keeps_ranks_and_ignores_case) {
    TopState state = state_of(R"({"Delaware":9,"Ulster":5,"East Kent":3,"St. Lawrence":4})", 21);
    type(state, "/LA");
    TopPicture picture = state.picture(some_time, screen);
    EXPECT_TRUE(picture.typing);
    EXPECT_EQ(names(picture), "Delaware St. Lawrence ");
    EXPECT_EQ(picture.keys[1].rank, 3U);
    type(state, "w");
    EXPECT_EQ(names(state.picture(some_time, screen)), "Delaware St. Lawrence ");
    type(state, "x");
    EXPECT_EQ(names(state.picture(some_time, screen)), "");
    state.on_key({KeyCode::backspace}, 4);
    state.on_key({KeyCode::enter}, 4);
    picture = state.picture(some_time, screen);
    EXPECT_FALSE(picture.typing);
    EXPECT_EQ(names(picture), "Delaware St. Lawrence ");
    state.on_key({KeyCode::escape}, 4);
    EXPECT_EQ(state.picture(some_time, screen).keys.size(), 4U);
}

TEST(TopState, backspace_takes_a_whole_character) {
    TopState state = state_of(letters, 46);
    type(state, "/z");
    state.on_key({KeyCode::character, "ü"}, 4);
    state.on_key({KeyCode::backspace}, 4);
    EXPECT_EQ(state.picture(some_time, screen).search, "z");
    type(state, std::string(1000, 'y'));
    EXPECT_EQ(state.picture(some_time, screen).search.size(), 256U) << "no key is longer";
}

TEST(TopState, s_sorts_by_name_and_by_change) {
    TopState state("x", "County", CharacterSet::utf8, TopOrder::count);
    state.on_look(look_at(snapshot_of(R"({"b":9,"a":8,"c":3})", 20), some_time));
    state.on_look(look_at(snapshot_of(R"({"b":9,"a":7,"c":6})", 22), some_time + 2s));
    EXPECT_EQ(names(state.picture(some_time, screen)), "b a c ");
    type(state, "s");
    EXPECT_EQ(names(state.picture(some_time, screen)), "a b c ");
    type(state, "s");
    EXPECT_EQ(names(state.picture(some_time, screen)), "c b a ");
    type(state, "s");
    EXPECT_EQ(names(state.picture(some_time, screen)), "b a c ");
}

TEST(TopState, a_change_is_of_the_count_ten_seconds_ago) {
    TopState state("x", "County", CharacterSet::utf8, TopOrder::count);
    for (int second = 0; second <= 30; ++second)
        state.on_look(look_at(snapshot_of(R"({"a":)" + std::to_string(100 + second) + "}",
                                          static_cast<std::uint64_t>(100 + second)),
                              some_time + std::chrono::seconds(second)));
    EXPECT_EQ(state.picture(some_time + 30s, screen).keys[0].change, 10);
}

TEST(TopState, there_is_no_change_without_something_to_compare_with) {
    TopState state("x", "County", CharacterSet::utf8, TopOrder::count);
    state.on_look(look_at(snapshot_of(R"({"a":5})", 5), some_time));
    EXPECT_EQ(state.picture(some_time, screen).keys[0].change, std::nullopt);
    state.on_look(look_at(snapshot_of(R"({"a":5,"b":2})", 7), some_time + 1s));
    EXPECT_EQ(state.picture(some_time, screen).keys[1].change, 2) << "b was not there";
    state.on_look(look_at(snapshot_of(R"({"a":500})", 500), some_time + 60s));
    EXPECT_EQ(state.picture(some_time, screen).keys[0].change, std::nullopt)
        << "the connection was lost meanwhile";

    TopState cut("x", "County", CharacterSet::utf8, TopOrder::count);
    cut.on_look(look_at(snapshot_of(R"({"a":5})", 9, R"(,"keys":4)"), some_time));
    cut.on_look(look_at(snapshot_of(R"({"b":8})", 12, R"(,"keys":4)"), some_time + 1s));
    EXPECT_EQ(cut.picture(some_time, screen).keys[0].change, std::nullopt) << "b may have been a small one";
}

TEST(TopState, a_pause_keeps_what_is_shown) {
    TopState state = state_of(R"({"a":1})", 1);
    type(state, "p");
    state.on_look(look_at(snapshot_of(R"({"b":2})", 2), some_time + 1s));
    EXPECT_EQ(names(state.picture(some_time + 1s, screen)), "a ");
    EXPECT_TRUE(state.picture(some_time + 1s, screen).paused);
    type(state, "p");
    EXPECT_EQ(names(state.picture(some_time + 1s, screen)), "b ");
}

TEST(TopState, any_key_leaves_the_help) {
    TopState state = state_of(letters, 46);
    type(state, "?");
    EXPECT_TRUE(state.picture(some_time, screen).help);
    EXPECT_TRUE(type(state, "q"));
    EXPECT_FALSE(state.picture(some_time, screen).help);
}

TEST(LiveSnapshot, ranks_by_count_and_then_by_key) {
    const auto snapshot = snapshot_of(R"({"c":1,"b":5,"a":1})", 7, R"(,"keys":9)");
    EXPECT_EQ(snapshot->ranked, (std::vector<RankedKey>{{"b", 5}, {"a", 1}, {"c", 1}}));
    EXPECT_EQ(snapshot->keys, 9U);
    EXPECT_EQ(snapshot->per_second, 1180.3);
}

TEST(LiveSnapshot, what_is_none_is_an_error) {
    for (const char* text : {"", "[]", "{}", "nonsense",
                             R"({"state":"ready","per_second":1,"row":{},"ledger":{}})", R"({"state":3})"}) {
        const auto snapshot = live_snapshot_from_json(text);
        ASSERT_FALSE(snapshot) << text;
        EXPECT_EQ(snapshot.error().code, ErrorCode::invalid);
    }
}

}  // namespace
}  // namespace weir::cli

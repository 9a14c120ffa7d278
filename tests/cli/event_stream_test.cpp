// WHATWG HTML, 9.2.6, with its own examples.
#include "cli/event_stream.h"

#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace weir::cli {
namespace {

using Events = std::vector<std::pair<std::string, std::string>>;

Events read_in_pieces(const std::string& text, std::size_t piece) {
    EventStreamReader reader;
    Events events;
    for (std::size_t at = 0; at < text.size(); at += piece)
        reader.feed(std::string_view(text).substr(at, piece),
                    [&](const StreamEvent& event) { events.emplace_back(event.name, event.data); });
    return events;
}
Events read_all(const std::string& text) {
    return read_in_pieces(text, text.size() + 1);
}

TEST(EventStream, an_empty_line_ends_an_event) {
    EXPECT_EQ(read_all("data: YHOO\ndata: +2\ndata: 10\n\n"), (Events{{"message", "YHOO\n+2\n10"}}));
    EXPECT_EQ(read_all("event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n"),
              (Events{{"add", "73857293"}, {"remove", "2153"}}));
    EXPECT_EQ(read_all("data: not yet\n"), Events{}) << "its end has not come";
}

TEST(EventStream, comments_and_other_fields_are_passed_over) {
    EXPECT_EQ(
        read_all(": test stream\n\ndata: first event\nid: 1\n\nretry: 2000\n\ndata:second event\nid\n\n"),
        (Events{{"message", "first event"}, {"message", "second event"}}));
    EXPECT_EQ(read_all("data\n\ndata\ndata\n\n"), (Events{{"message", ""}, {"message", "\n"}}));
    EXPECT_EQ(read_all("event: nothing\n\n"), Events{}) << "no data";
    EXPECT_EQ(read_all("data:  two spaces\n\n"), (Events{{"message", " two spaces"}}));
}

TEST(EventStream, lines_end_in_three_ways_and_anywhere) {
    const Events two{{"a", "1\n2"}, {"message", "3"}};
    for (const std::string end : {"\n", "\r", "\r\n"}) {
        const std::string text =
            "event: a" + end + "data: 1" + end + "data: 2" + end + end + "data: 3" + end + end;
        for (std::size_t piece = 1; piece <= text.size(); ++piece)
            EXPECT_EQ(read_in_pieces(text, piece), two) << piece;
    }
}

TEST(EventStream, an_event_without_end_is_dropped_and_what_follows_is_read) {
    const std::string endless(EventStreamReader::max_event + 100, 'x');
    EXPECT_EQ(read_in_pieces("data: " + endless + "\n\ndata: next\n\n", 4096), (Events{{"message", "next"}}));
    std::string lines;
    for (int i = 0; i < 9; ++i)
        lines += "data: " + std::string(1U << 20U, 'y') + "\n";
    EXPECT_EQ(read_in_pieces(lines + "\ndata: next\n\n", 4096), (Events{{"message", "next"}}));
}

}  // namespace
}  // namespace weir::cli

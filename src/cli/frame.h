#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace weir::cli {

// What a piece of text is, not how it looks: without colours nothing is lost, since the words say it too.
enum class Tone { plain, strong, good, bad, faint, bar, foot };

// A piece of a line, at a column of its own: should a terminal think otherwise of the width of a character,
// only this piece is out of place.
struct Span {
    std::size_t column = 0;  // from 0
    std::string text;        // harmless
    Tone tone = Tone::plain;
    bool operator==(const Span&) const = default;
};
using Line = std::vector<Span>;  // by column

struct ScreenSize {
    std::size_t columns = 80;
    std::size_t rows = 24;
    bool operator==(const ScreenSize&) const = default;
};

// What a screen shows.
struct Frame {
    std::vector<Line> lines;
    // Where one types, if anywhere: line and column.
    struct Place {
        std::size_t line = 0, column = 0;
        bool operator==(const Place&) const = default;
    };
    std::optional<Place> cursor;
};

// The line as text alone, without spaces at its end.
std::string plain_text(const Line& line);

// What draws the line on a terminal whose cursor stands in it: the line is emptied, each piece goes to its
// column.
std::string drawn_text(const Line& line, bool color);

// What turns a screen that shows `before` into one that shows `after`; all of it where there is none before.
std::string drawn_frame(const Frame* before, const Frame& after, bool color);

}  // namespace weir::cli

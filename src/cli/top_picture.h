#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/frame.h"
#include "cli/live_snapshot.h"
#include "cli/text_cells.h"

namespace weir::cli {

enum class TopOrder { count, key, change };

// One key as `weir top` lists it.
struct TopKey {
    std::size_t rank = 0;  // by count, from 1
    std::string key;       // as it came
    std::uint64_t count = 0;
    std::optional<std::int64_t>
        change;  // of its count, lately; unknown while there is nothing to compare with
};

// Everything that a screen of `weir top` is drawn from.
struct TopPicture {
    std::string server;     // "127.0.0.1:8080"
    std::string key_title;  // the field that is counted by
    CharacterSet characters = CharacterSet::utf8;

    enum class Link { waiting, live, lost };
    Link link = Link::waiting;
    std::string trouble;       // why it is not live
    double since_seconds = 0;  // it was lost
    double retry_seconds = 0;  // until the next try
    double age_seconds = 0;    // of the newest snapshot
    bool paused = false;

    const LiveSnapshot* snapshot = nullptr;
    std::vector<TopKey> keys;  // to be listed: searched and in order
    std::size_t first = 0;     // of them on the screen
    TopOrder order = TopOrder::count;
    std::string search;
    bool typing = false;  // the search
    bool help = false;
};

// A screen of exactly `size`, or less where there is less to show.
Frame draw_top(const TopPicture& picture, ScreenSize size);

// How many keys such a screen lists: what a page is for PgUp and PgDn. At least 1.
std::size_t top_page(const TopPicture& picture, ScreenSize size);

// The same without an end and without keys to press, for `--once`: every line, wide enough for every key.
std::string print_top(const TopPicture& picture, std::size_t least_columns);

}  // namespace weir::cli

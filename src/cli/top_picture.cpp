#include "cli/top_picture.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/top_head.h"

namespace weir::cli {
namespace {

constexpr std::size_t wide_columns = 60;  // from here on ranks and shares have room
constexpr std::size_t least_bar = 4;
constexpr std::size_t gap = 2;
constexpr std::string_view eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};

// How wide each column of the list is; 0: it is left away.
struct Columns {
    std::size_t screen = 0, rank = 0, key = 0, count = 0, share = 0, change = 0, bar = 0;
};

std::string change_text(const std::optional<std::int64_t>& change) {
    if (!change) return "";
    if (*change == 0) return "=";
    const auto size = static_cast<unsigned long long>(std::abs(*change));
    return (*change > 0 ? "+" : "-") + with_commas(size);
}

std::string share_text(std::uint64_t count, std::uint64_t total) {
    return total == 0
               ? ""
               : fmt::format("{:.1f}%", 100.0 * static_cast<double>(count) / static_cast<double>(total));
}

std::string bar_text(std::uint64_t count, std::uint64_t largest, std::size_t width, CharacterSet set) {
    if (count == 0 || largest == 0 || width == 0) return "";
    const double share = static_cast<double>(count) / static_cast<double>(largest);
    const auto parts = std::max<std::size_t>(
        1, static_cast<std::size_t>(std::lround(share * static_cast<double>(width * 8))));
    std::string out;
    if (set == CharacterSet::ascii) return std::string((parts + 7) / 8, '#');
    for (std::size_t i = 0; i < parts / 8; ++i)
        out += "█";
    return out += eighths[parts % 8];
}

Columns columns_of(const TopPicture& picture, std::size_t width) {
    Columns columns;
    columns.screen = width;
    std::size_t longest = std::max<std::size_t>(8, cells(harmless(picture.key_title, picture.characters)));
    std::size_t largest_rank = 0;
    columns.count = 5;
    columns.change = 6;
    for (const TopKey& key : picture.keys) {
        longest = std::max(longest, cells(harmless(key.key, picture.characters)));
        largest_rank = std::max(largest_rank, key.rank);
        columns.count = std::max(columns.count, with_commas(key.count).size());
        columns.change = std::max(columns.change, change_text(key.change).size());
    }
    if (width >= wide_columns) {
        columns.rank = std::max<std::size_t>(3, std::to_string(largest_rank).size());
        columns.share = 6;
    } else if (width < 32) {
        columns.change = 0;
    }
    std::size_t taken = gap + columns.count;
    for (const std::size_t other : {columns.rank, columns.share, columns.change})
        taken += other == 0 ? 0 : other + gap;
    const std::size_t rest = width > taken ? width - taken : 1;
    const std::size_t bar = width >= wide_columns ? 2 * least_bar : least_bar;
    columns.key = rest > bar + gap + 8 ? std::min(longest, rest - bar - gap) : rest;
    if (rest >= columns.key + gap + least_bar) columns.bar = rest - columns.key - gap;
    return columns;
}

// The pieces of one line, put from left to right.
class LineBuilder {
  public:
    LineBuilder(Tone tone, std::size_t width) : tone_(tone), width_(width) {}
    void left(const std::string& text, std::size_t width) { put(text, width, column_, tone_); }
    void right(const std::string& text, std::size_t width) {
        const std::size_t used = cells(text);
        put(text, width, column_ + (width > used ? width - used : 0), tone_);
    }
    void bar(const std::string& text, std::size_t width) { put(text, width, column_, Tone::bar); }
    [[nodiscard]] Line line() && { return std::move(line_); }

  private:
    void put(const std::string& text, std::size_t width, std::size_t at, Tone tone) {
        if (width == 0) return;
        if (!text.empty() && at + cells(text) <= width_) line_.push_back({at, text, tone});
        column_ += width + gap;
    }
    Tone tone_;
    std::size_t width_;  // of the screen
    Line line_;
    std::size_t column_ = 0;
};

Line title_line(const TopPicture& picture, const Columns& columns) {
    LineBuilder line(Tone::strong, columns.screen);
    line.right("#", columns.rank);
    const std::string title = harmless(picture.key_title, picture.characters);
    line.left(cut_to_cells(title, columns.key, picture.characters), columns.key);
    line.right("COUNT", columns.count);
    line.right("SHARE", columns.share);
    line.right("CHANGE", columns.change);
    return std::move(line).line();
}

Line key_line(const TopPicture& picture, const TopKey& key, const Columns& columns, std::uint64_t largest) {
    LineBuilder line(picture.link == TopPicture::Link::lost ? Tone::faint : Tone::plain, columns.screen);
    line.right(std::to_string(key.rank), columns.rank);
    line.left(cut_to_cells(harmless(key.key, picture.characters), columns.key, picture.characters),
              columns.key);
    line.right(with_commas(key.count), columns.count);
    line.right(share_text(key.count, picture.snapshot->row.total), columns.share);
    line.right(change_text(key.change), columns.change);
    line.bar(bar_text(key.count, largest, columns.bar, picture.characters), columns.bar);
    return std::move(line).line();
}

std::string order_name(TopOrder order) {
    return order == TopOrder::count ? "count" : order == TopOrder::key ? "name" : "change";
}

// Why the list is empty, or shorter than one would think.
std::string remark(const TopPicture& picture) {
    if (picture.snapshot == nullptr) return "";
    const LiveSnapshot& now = *picture.snapshot;
    const bool cut = now.keys > now.ranked.size();
    if (!picture.search.empty() && picture.keys.empty())
        return cut ? fmt::format("none of the {} largest keys contains it", with_commas(now.ranked.size()))
                   : "no key contains it";
    if (picture.keys.empty()) return "no events in this window yet; weir stream FILE sends some";
    if (cut)
        return fmt::format("the {} largest of {} keys", with_commas(now.ranked.size()),
                           with_commas(now.keys));
    return "";
}

std::string position(const TopPicture& picture, std::size_t page) {
    if (picture.keys.empty()) return "";
    const std::size_t last = std::min(picture.first + page, picture.keys.size());
    return fmt::format("{}-{} of {}, by {}", with_commas(picture.first + 1), with_commas(last),
                       with_commas(picture.keys.size()), order_name(picture.order));
}

Line text_line(const std::string& text, std::size_t columns, Tone tone, CharacterSet set) {
    return {{0, cut_to_cells(harmless(text, set), columns, set), tone}};
}

void draw_foot(Frame& frame, const TopPicture& picture, ScreenSize size, std::size_t page) {
    const CharacterSet set = picture.characters;
    if (picture.typing || !picture.search.empty()) {
        const std::string typed = harmless("/" + picture.search, set);
        const std::string after = picture.typing ? "" : "  (Esc: show all)";
        frame.lines.push_back(text_line(typed + after, size.columns, Tone::strong, set));
        if (picture.typing) frame.cursor = {frame.lines.size() - 1, std::min(cells(typed), size.columns - 1)};
        return;
    }
    std::string text =
        size.columns >= wide_columns ? "q quit  / search  s sort  p pause  ? help" : "q quit  ? help";
    const std::string where = position(picture, page);
    if (!where.empty()) text += "   " + where;
    frame.lines.push_back(text_line(text, size.columns, Tone::foot, set));
}

constexpr std::string_view help_lines[] = {"q, Ctrl-C   quit",
                                           "Up, Down    move by a line (k, j)",
                                           "PgUp, PgDn  move by a page (b, Space)",
                                           "Home, End   first and last (g, G)",
                                           "/ TEXT      only keys that contain it",
                                           "Esc         all keys again",
                                           "s           sort: count, name, change",
                                           "p           pause: keep what is shown",
                                           "",
                                           "CHANGE    of the count in the last 10 s",
                                           "late      of this window's events, later",
                                           "          than the allowed lateness",
                                           "rejected  ever; see weir dead-letters",
                                           "ledger    received = stored",
                                           "          + duplicates + rejected, always",
                                           "Any key goes back."};

}  // namespace

std::size_t top_page(const TopPicture& picture, ScreenSize size) {
    const std::size_t around = draw_top_head(picture, size.columns).size() + 2;  // the titles and the foot
    const std::size_t remarks = remark(picture).empty() ? 0 : 1;
    return size.rows > around + remarks ? size.rows - around - remarks : 1;
}

Frame draw_top(const TopPicture& picture, ScreenSize size) {
    Frame frame;
    if (picture.help) {
        for (const std::string_view line : help_lines)
            frame.lines.push_back(
                text_line(std::string(line), size.columns, Tone::plain, picture.characters));
        if (frame.lines.size() > size.rows) frame.lines.resize(size.rows);
        return frame;
    }
    frame.lines = draw_top_head(picture, size.columns);
    const std::size_t page = top_page(picture, size);
    if (picture.snapshot != nullptr) {
        const Columns columns = columns_of(picture, size.columns);
        const auto& ranked = picture.snapshot->ranked;
        const std::uint64_t largest = ranked.empty() ? 0 : ranked.front().count;
        frame.lines.push_back(title_line(picture, columns));
        const std::size_t last = std::min(picture.first + page, picture.keys.size());
        for (std::size_t i = picture.first; i < last; ++i)
            frame.lines.push_back(key_line(picture, picture.keys[i], columns, largest));
        const std::string words = remark(picture);
        if (!words.empty())
            frame.lines.push_back(text_line(words, size.columns, Tone::faint, picture.characters));
    }
    const std::size_t most = std::max<std::size_t>(size.rows, 2) - 1;
    frame.lines.resize(most);  // the foot stands on the last line
    draw_foot(frame, picture, size, page);
    if (size.rows == 1) frame.lines.pop_back();
    return frame;
}

std::string print_top(const TopPicture& picture, std::size_t least_columns) {
    std::size_t longest = 0;
    for (const TopKey& key : picture.keys)
        longest = std::max(longest, cells(harmless(key.key, picture.characters)));
    constexpr std::size_t beside_the_key = 48;  // numbers and bar
    const std::size_t width = std::max(least_columns, longest + beside_the_key);
    std::string out;
    const auto print = [&out](const Line& line) { out += plain_text(line) + '\n'; };
    for (const Line& line : draw_top_head(picture, width))
        print(line);
    Columns columns = columns_of(picture, width);
    columns.change = 0;  // one snapshot knows of none
    print(title_line(picture, columns));
    const auto& ranked = picture.snapshot->ranked;
    for (const TopKey& key : picture.keys)
        print(key_line(picture, key, columns, ranked.front().count));
    const std::string words = remark(picture);
    if (!words.empty()) out += words + '\n';
    return out;
}

}  // namespace weir::cli

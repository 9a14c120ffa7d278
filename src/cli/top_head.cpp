#include "cli/top_head.h"

#include <cmath>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/progress.h"

namespace weir::cli {
namespace {

constexpr std::size_t wide_columns = 60;  // from here on there is room for air between facts

struct Fact {
    std::string text;
    Tone tone = Tone::plain;
};

// Facts one after the other; one that does not fit goes to the next line, one that fits no line is cut.
void flow(std::vector<Line>& lines, const std::vector<Fact>& facts, std::size_t columns, CharacterSet set) {
    const std::size_t gap = columns < wide_columns ? 2 : 3;
    Line line;
    std::size_t column = 0;
    for (const Fact& fact : facts) {
        if (fact.text.empty()) continue;
        const std::string text = cut_to_cells(harmless(fact.text, set), columns, set);
        const std::size_t width = cells(text);
        if (column != 0 && column + gap + width > columns) {
            lines.push_back(std::move(line));
            line.clear();
            column = 0;
        }
        if (column != 0) column += gap;
        line.push_back({column, text, fact.tone});
        column += width;
    }
    if (!line.empty()) lines.push_back(std::move(line));
}

// A sentence, broken between words.
void flow_words(std::vector<Line>& lines, std::string_view sentence, Tone tone, std::size_t columns,
                CharacterSet set) {
    std::string text;
    const std::string shown = harmless(sentence, set);
    for (std::string_view rest = shown; !rest.empty();) {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        const std::string_view word = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (!text.empty() && cells(text) + 1 + cells(word) > columns) {
            lines.push_back({{0, text, tone}});
            text.clear();
        }
        if (!text.empty()) text += ' ';
        text += cut_to_cells(word, columns, set);
    }
    if (!text.empty()) lines.push_back({{0, text, tone}});
}

std::string rate_text(const std::optional<double>& rate) {
    if (!rate) return "-";
    return *rate < 100 ? fmt::format("{:.1f}", *rate)
                       : with_commas(static_cast<unsigned long long>(std::llround(*rate)));
}

Fact link_fact(const TopPicture& picture) {
    using Link = TopPicture::Link;
    if (picture.link == Link::waiting) return {"connecting"};
    if (picture.link == Link::lost) return {"connection lost", Tone::bad};
    return {fmt::format("live, {}", ago(picture.age_seconds)), Tone::good};
}

// What a state other than "ready" means for the events.
Fact state_fact(const std::string& state) {
    if (state == "ready") return {};
    if (state == "draining") return {"the server is draining: it takes no more events", Tone::bad};
    if (state == "disk-full") return {"the disk is full: no events are taken", Tone::bad};
    if (state == "failed") return {"the store has failed: no events are taken", Tone::bad};
    return {fmt::format("state {}", state), Tone::bad};
}

void draw_trouble(std::vector<Line>& lines, const TopPicture& picture, std::size_t columns) {
    std::string words = fmt::format("Lost {}: {}.", ago(picture.since_seconds), picture.trouble);
    words += picture.retry_seconds > 0.5 ? fmt::format(" Next try in {:.0f} s.", picture.retry_seconds)
                                         : " Trying again.";
    if (picture.snapshot != nullptr)
        words += fmt::format(" The numbers below are those of {}.", ago(picture.age_seconds));
    flow_words(lines, words, Tone::bad, columns, picture.characters);
}

// "01:52:31Z"
std::string clock_time(Timestamp t) {
    return format_rfc3339(t).substr(11, 8) + "Z";
}

// In words; where there is little room, only an imbalance is told in full.
void draw_ledger(std::vector<Line>& lines, const Ledger& ledger, std::size_t columns, CharacterSet set) {
    const bool balances = ledger.balances();
    std::string words = balances ? "ledger balances" : "ledger DOES NOT BALANCE";
    if (!balances || columns >= wide_columns)
        words +=
            fmt::format(": {} received {} {} stored + {} duplicates + {} rejected",
                        with_commas(ledger.received), balances ? "=" : "is not", with_commas(ledger.stored),
                        with_commas(ledger.duplicates), with_commas(ledger.rejected));
    flow_words(lines, words, balances ? Tone::plain : Tone::bad, columns, set);
}

void draw_numbers(std::vector<Line>& lines, const TopPicture& picture, std::size_t columns) {
    const LiveSnapshot& now = *picture.snapshot;
    const AggregateRow& row = now.row;
    flow(lines,
         {{fmt::format("window {} to {} ({})", clock_time(row.window_start), clock_time(row.window_end),
                       format_duration(row.window_end - row.window_start))},
          state_fact(now.state)},
         columns, picture.characters);
    flow(lines,
         {{fmt::format("total {}", with_commas(row.total)), Tone::strong},
          {fmt::format("rate {}/s", rate_text(now.per_second)), Tone::strong},
          {fmt::format("late {}", with_commas(row.late))},
          {fmt::format("rejected {}", with_commas(now.ledger.rejected)),
           now.ledger.rejected > 0 ? Tone::bad : Tone::plain},
          {fmt::format("keys {}", with_commas(now.keys))}},
         columns, picture.characters);
    draw_ledger(lines, now.ledger, columns, picture.characters);
}

}  // namespace

std::vector<Line> draw_top_head(const TopPicture& picture, std::size_t columns) {
    std::vector<Line> lines;
    flow(lines,
         {{"weir top", Tone::strong},
          {picture.server},
          link_fact(picture),
          picture.paused ? Fact{"paused", Tone::bad} : Fact{}},
         columns, picture.characters);
    if (picture.link == TopPicture::Link::lost) draw_trouble(lines, picture, columns);
    if (picture.snapshot != nullptr) draw_numbers(lines, picture, columns);
    return lines;
}

std::string ago(double seconds) {
    const double known = std::max(0.0, seconds);
    if (known < 9.95) return fmt::format("{:.1f} s ago", known);
    return known < 60 ? fmt::format("{:.0f} s ago", std::floor(known))
                      : fmt::format("{} ago", format_eta(std::floor(known)));
}

}  // namespace weir::cli

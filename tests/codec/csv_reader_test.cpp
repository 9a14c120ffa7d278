#include "codec/csv_reader.h"

#include <chrono>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace weir {
namespace {

using Cells = std::vector<std::string>;

struct Step {
    CsvStatus status = CsvStatus::end;
    Cells cells;
    std::string raw;
    std::uint64_t line = 0;
    RejectReason reason = RejectReason::json_invalid;  // of a bad record

    bool operator==(const Step&) const = default;
};

void showValue(const Step& step, std::ostream& os) {
    os << "status " << static_cast<int>(step.status) << " line " << step.line << " raw ";
    rc::show(step.raw, os);
    rc::show(step.cells, os);
    os << code_of(step.reason);
}
std::vector<Step> read_all(std::string_view text) {
    std::vector<Step> steps;
    CsvReader reader(text);
    CsvRecord record;
    for (;;) {
        const CsvStatus status = reader.next(record);
        if (status == CsvStatus::end) return steps;
        const bool bad = status == CsvStatus::bad_record;
        steps.push_back({status, bad ? Cells{} : record.cells, std::string(record.raw), record.line,
                         bad ? reader.reason() : RejectReason::json_invalid});
    }
}

std::vector<Cells> cells_of(std::string_view text) {
    std::vector<Cells> all;
    for (const Step& step : read_all(text))
        all.push_back(step.cells);
    return all;
}

// The plain twin: RFC 4180 as a state machine that looks at one character after the other, with no thought of
// speed.
class NaiveCsv {
  public:
    explicit NaiveCsv(std::string text) : text_(std::move(text)) {
        if (text_.rfind("\xEF\xBB\xBF", 0) == 0) at_ = 3;
    }
    std::vector<Step> read_all() {
        std::vector<Step> steps;
        while (skip_breaks(), at_ < text_.size())
            steps.push_back(read_record());
        return steps;
    }

  private:
    bool line_break_at(std::size_t i) const {
        return text_.compare(i, 1, "\n") == 0 || text_.compare(i, 2, "\r\n") == 0;
    }
    std::size_t after_break(std::size_t i) const { return i + (text_[i] == '\r' ? 2 : 1); }
    void skip_breaks() {
        for (; at_ < text_.size() && line_break_at(at_); ++line_)
            at_ = after_break(at_);
    }

    Step read_record() {
        enum class State { cell_start, unquoted, quoted, quote_in_quoted } state = State::cell_start;
        Step step{CsvStatus::record, {""}, "", line_, RejectReason::json_invalid};
        std::size_t opened = 0;
        for (std::size_t i = at_;; ++i) {
            const bool over = i == text_.size();
            if (over && state == State::quoted) return bad(step, opened, RejectReason::csv_unclosed_quote);
            if (over || (state != State::quoted && line_break_at(i))) return finish(step, i);
            const char c = text_[i];
            if (state == State::quoted) {
                if (c == '"')
                    state = State::quote_in_quoted;
                else
                    step.cells.back() += c;
            } else if (c == ',') {
                step.cells.emplace_back();
                state = State::cell_start;
            } else if (state == State::quote_in_quoted) {
                if (c != '"') return bad(step, i, RejectReason::csv_stray_quote);
                step.cells.back() += '"';
                state = State::quoted;
            } else if (c == '"') {
                if (state == State::unquoted) return bad(step, i, RejectReason::csv_stray_quote);
                state = State::quoted;
                opened = i;
            } else {
                step.cells.back() += c;
                state = State::unquoted;
            }
        }
    }
    Step finish(Step step, std::size_t end) {
        step.raw = text_.substr(at_, end - at_);
        for (const char c : step.raw)
            if (c == '\n') ++line_;
        at_ = end;
        return step;
    }
    Step bad(Step step, std::size_t from, RejectReason reason) {
        std::size_t end = from;
        while (end < text_.size() && !line_break_at(end))
            ++end;
        step.status = CsvStatus::bad_record;
        step.cells.clear();
        step.reason = reason;
        return finish(step, end);
    }

    std::string text_;
    std::size_t at_ = 0;
    std::uint64_t line_ = 1;
};

TEST(CsvReader, takes_cells_apart_as_rfc_4180_says) {
    EXPECT_EQ(cells_of("a,b\n1,2\n"), (std::vector<Cells>{{"a", "b"}, {"1", "2"}}));
    EXPECT_EQ(cells_of("a,,\n"), (std::vector<Cells>{{"a", "", ""}}));
    EXPECT_EQ(cells_of(R"("a ""quoted"" word","x,y")"), (std::vector<Cells>{{R"(a "quoted" word)", "x,y"}}));
    EXPECT_EQ(cells_of(R"("",)"), (std::vector<Cells>{{"", ""}}));
    EXPECT_EQ(cells_of(" a , b "), (std::vector<Cells>{{" a ", " b "}})) << "spaces are part of a cell";
}

TEST(CsvReader, a_quote_may_hold_a_line_break) {
    const auto steps = read_all("\"a\nb\",c\r\nd,e\n");
    ASSERT_EQ(steps.size(), 2U);
    EXPECT_EQ(steps[0].cells, (Cells{"a\nb", "c"}));
    EXPECT_EQ(steps[0].raw, "\"a\nb\",c");
    EXPECT_EQ(steps[1].line, 3U) << "counting line breaks, also those in quotes";
}

TEST(CsvReader, crlf_ends_a_record_and_cr_alone_is_data) {
    EXPECT_EQ(cells_of("a,b\r\nc,d"), (std::vector<Cells>{{"a", "b"}, {"c", "d"}}));
    EXPECT_EQ(cells_of("a\rb,\"c\rd\"\n"), (std::vector<Cells>{{"a\rb", "c\rd"}}));
    EXPECT_EQ(cells_of("\"a\"\r\n\"b\"\r\n"), (std::vector<Cells>{{"a"}, {"b"}}));
}

TEST(CsvReader, skips_a_byte_order_mark_and_empty_lines) {
    EXPECT_EQ(cells_of("\xEF\xBB\xBF\"a\",b\n\n\r\n1,2\n\n"), (std::vector<Cells>{{"a", "b"}, {"1", "2"}}));
    EXPECT_EQ(cells_of(""), std::vector<Cells>{});
    EXPECT_EQ(cells_of("\n\r\n"), std::vector<Cells>{});
    EXPECT_EQ(cells_of("a\n\xEF\xBB\xBFx\n"), (std::vector<Cells>{{"a"}, {"\xEF\xBB\xBFx"}}))
        << "only at the start";
}

TEST(CsvReader, keeps_nul_and_other_bytes) {
    EXPECT_EQ(cells_of(std::string_view("a\0b,\xFF\n", 6)),
              (std::vector<Cells>{{std::string("a\0b", 3), "\xFF"}}));
}

TEST(CsvReader, reads_a_cell_of_10_megabytes) {
    const std::string big(10U << 20U, 'x');
    EXPECT_EQ(cells_of("a," + big + "\nb,c\n"), (std::vector<Cells>{{"a", big}, {"b", "c"}}));
    EXPECT_EQ(cells_of("a,\"" + big + "\"\nb,c\n"), (std::vector<Cells>{{"a", big}, {"b", "c"}}));
}

TEST(CsvReader, a_stray_quote_costs_its_record_alone) {
    const auto steps = read_all("a,b\"c\nd,e\n\"f\"g,h\ni,j\n");
    ASSERT_EQ(steps.size(), 4U);
    EXPECT_EQ(steps[0].status, CsvStatus::bad_record);
    EXPECT_EQ(steps[0].reason, RejectReason::csv_stray_quote);
    EXPECT_EQ(steps[0].raw, "a,b\"c");
    EXPECT_EQ(steps[1].cells, (Cells{"d", "e"}));
    EXPECT_EQ(steps[2].reason, RejectReason::csv_stray_quote);
    EXPECT_EQ(steps[2].line, 3U);
    EXPECT_EQ(steps[3].cells, (Cells{"i", "j"}));
}

TEST(CsvReader, an_unclosed_quote_costs_the_line_on_which_it_opened) {
    const auto steps = read_all("a,b\nc,\"d\r\ne,f\ng,h");
    ASSERT_EQ(steps.size(), 4U);
    EXPECT_EQ(steps[1].status, CsvStatus::bad_record);
    EXPECT_EQ(steps[1].reason, RejectReason::csv_unclosed_quote);
    EXPECT_EQ(steps[1].raw, "c,\"d");
    EXPECT_EQ(steps[2].cells, (Cells{"e", "f"}));
    EXPECT_EQ(steps[2].line, 3U);
    EXPECT_EQ(steps[3].cells, (Cells{"g", "h"}));
}

TEST(CsvReader, asks_for_more_when_more_may_follow) {
    CsvRecord record;
    for (const char* text : {"a", "a,\"b\n", "\"a\"", "\"a\"\r", "a\r", "\xEF\xBB", "a\"b"}) {
        CsvReader reader(text, /*last=*/false);
        EXPECT_EQ(reader.next(record), CsvStatus::need_more) << text;
        EXPECT_EQ(reader.consumed(), 0U) << text;
    }
    CsvReader reader("a,b\nc", /*last=*/false);
    EXPECT_EQ(reader.next(record), CsvStatus::record);
    EXPECT_EQ(reader.next(record), CsvStatus::need_more);
    EXPECT_EQ(reader.consumed(), 4U);
    EXPECT_EQ(reader.line(), 2U);
}

TEST(CsvReader, keeps_no_more_cells_than_anyone_may_ask_for) {
    CsvReader reader(std::string_view("a,b\n"));
    CsvRecord record;
    ASSERT_EQ(reader.next(record), CsvStatus::record);
    const std::string commas(1'000'000, ',');
    const std::string text = commas + "\nc,d\n";
    CsvReader wide(text);
    ASSERT_EQ(wide.next(record), CsvStatus::record);
    EXPECT_EQ(record.cells.size(), max_csv_cells + 1);
    EXPECT_EQ(record.raw, commas);
    ASSERT_EQ(wide.next(record), CsvStatus::record);
    EXPECT_EQ(record.cells, (Cells{"c", "d"}));
}

// Text of characters that matter, so that short texts reach every state.
rc::Gen<std::string> csv_text() {
    return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(
                            std::vector<std::string>{"\"", "\"", "\"\"", ",", "\n", "\r", "\r\n", "a", "bc",
                                                     "a long cell", std::string(1, '\0'), "\xEF\xBB\xBF"})),
                        [](const std::vector<std::string>& parts) {
                            std::string text;
                            for (const auto& part : parts)
                                text += part;
                            return text;
                        });
}

TEST(CsvReader, agrees_with_its_naive_twin) {
    EXPECT_TRUE(rc::check([] {
        const std::string text = *csv_text();
        RC_ASSERT(read_all(text) == NaiveCsv(text).read_all());
    }));
}

TEST(CsvReader, gives_the_same_records_however_the_text_is_cut) {
    EXPECT_TRUE(rc::check([] {
        const std::string text = *csv_text();
        const std::size_t piece = *rc::gen::inRange<std::size_t>(1, 8);
        std::vector<Step> steps;
        std::string held;
        std::uint64_t line = 1;
        bool at_start = true;
        CsvRecord record;
        for (std::size_t read = 0;;) {
            const bool last = read >= text.size();
            CsvReader reader(held, last, line, at_start);
            CsvStatus status = reader.next(record);
            for (; status == CsvStatus::record || status == CsvStatus::bad_record;
                 status = reader.next(record)) {
                const bool bad = status == CsvStatus::bad_record;
                steps.push_back({status, bad ? Cells{} : record.cells, std::string(record.raw), record.line,
                                 bad ? reader.reason() : RejectReason::json_invalid});
            }
            if (last) break;
            at_start = at_start && reader.consumed() == 0;
            line = reader.line();
            held = held.substr(reader.consumed()) + text.substr(read, piece);
            read += piece;
        }
        RC_ASSERT(steps == read_all(text));
    }));
}

TEST(CsvReader, reads_back_the_cells_that_were_written) {
    EXPECT_TRUE(rc::check([](const std::vector<std::string>& cells) {
        RC_PRE(cells.size() > 1);  // a record of one empty cell is an empty line
        std::string text;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (i > 0) text += ',';
            append_csv_cell(text, cells[i]);
        }
        RC_PRE(text.rfind("\xEF\xBB\xBF", 0) != 0);
        RC_ASSERT(cells_of(text + "\r\n") == std::vector<Cells>{cells});
    }));
}

TEST(CsvReader, quotes_only_where_it_must) {
    std::string out;
    for (const char* cell : {"plain", "a b", "x,y", "\"", "\n"})
        append_csv_cell(out, cell), out += '|';
    EXPECT_EQ(out, "plain|a b|\"x,y\"|\"\"\"\"|\"\n\"|");
}

// Texts that invite a reader to look through the rest of the text again and again.
TEST(CsvReader, takes_linear_time_on_hostile_text) {
    const auto repeat = [](std::string_view part, std::size_t count) {
        std::string text;
        while (count-- > 0)
            text += part;
        return text;
    };
    constexpr std::size_t times = 400'000;
    for (const std::string_view part :
         {"\"a\n", "a,\"b\n", "\"\"\"\n", "\"\"\"a\n", "\"\n\"", "\"\",\"\n", "a\"\n", "\"a\"b\n", "\n\""}) {
        const std::string text = "\"" + repeat(part, times);
        const auto start = std::chrono::steady_clock::now();
        CsvReader reader(text);
        CsvRecord record;
        while (reader.next(record) != CsvStatus::end) {
        }
        // Linear: a few milliseconds. Quadratic: 400,000 times a megabyte, minutes.
        EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds{60}) << part;
    }
}

}  // namespace
}  // namespace weir

#include "base/json_unescape.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

namespace weir {
namespace {

using nlohmann::json;

std::optional<std::string> unescaped(std::string_view escaped, UnescapeRun run) {
    // Exactly the room that is asked for, so that a sanitizer sees what goes beyond.
    std::vector<char> to(escaped.size() + unescape_room);
    const auto written = unescape_json(escaped, to.data(), run);
    if (!written) return std::nullopt;
    return std::string(to.data(), *written);
}

// Pieces of a JSON string's inside, whole or broken.
rc::Gen<std::string> insides() {
    return rc::gen::map(
        rc::gen::container<std::vector<std::string>>(
            rc::gen::weightedElement<std::string>({{8, "a"},
                                                   {8, "words, and more"},
                                                   {8, R"(\")"},
                                                   {3, R"(\\)"},
                                                   {3, R"(\n)"},
                                                   {1, R"(\t)"},
                                                   {1, R"(\r)"},
                                                   {1, R"(\b)"},
                                                   {1, R"(\f)"},
                                                   {1, R"(\/)"},
                                                   {1, R"(\u0041)"},
                                                   {1, R"(\u00e9)"},
                                                   {1, R"(\u20AC)"},
                                                   {1, R"(\u0000)"},
                                                   {1, R"(\ud83d\udc1f)"},
                                                   {1, "\xC3\xA9"},
                                                   {1, "\xF0\x9F\x90\x9F"},
                                                   {1, "/"},
                                                   {1, "n"}})),
        [](const std::vector<std::string>& pieces) { return fmt::format("{}", fmt::join(pieces, "")); });
}

RC_GTEST_PROP(JsonUnescape, every_way_reads_what_a_parser_reads, ()) {
    const std::string inside = *insides();
    const auto expected = json::parse('"' + inside + '"').get<std::string>();
    for (const UnescapeRun run : unescape_runs()) {
        const auto text = unescaped(inside, run);
        RC_ASSERT(text.has_value());
        RC_ASSERT(*text == expected);
    }
}

RC_GTEST_PROP(JsonUnescape, what_a_writer_escaped_comes_back, (const std::vector<unsigned>& codes)) {
    std::string text;
    for (const unsigned code : codes)
        text += std::string(1 + code % 3, static_cast<char>(1 + code % 0x7E));
    const std::string quoted = json(text).dump();
    for (const UnescapeRun run : unescape_runs())
        RC_ASSERT(unescaped(std::string_view(quoted).substr(1, quoted.size() - 2), run) == text);
}

// A fault anywhere in a text is found, wherever it lies in a block.
TEST(JsonUnescape, what_is_no_escape_is_refused_at_every_place) {
    for (const std::string_view bad : {R"(\x)", R"(\u12)", R"(\u12G4)", R"(\U0041)", R"(\ud83d)", R"(\udc1f)",
                                       R"(\ud83dA)", R"(\ud83d\n)", "\\"})
        for (std::size_t before = 0; before < 140; ++before)
            for (const UnescapeRun run : unescape_runs()) {
                const std::string inside = std::string(before, '.') + std::string(bad);
                EXPECT_FALSE(json::accept('"' + inside + '"'));
                EXPECT_EQ(unescaped(inside, run), std::nullopt) << bad << " behind " << before;
            }
}

TEST(JsonUnescape, an_escape_may_lie_across_the_end_of_a_block) {
    for (std::size_t before = 0; before < 140; ++before)
        for (const UnescapeRun run : unescape_runs())
            for (const auto& [escaped, text] : {std::pair<std::string, std::string>{R"(\")", "\""},
                                                {R"(\\)", "\\"},
                                                {R"(\n)", "\n"},
                                                {R"(\\\")", "\\\""},
                                                {R"(\\n)", "\\n"},
                                                {R"(\u00e9)", "\xC3\xA9"}}) {
                const std::string dots(before, '.');
                EXPECT_EQ(unescaped(dots + escaped, run), dots + text);
                EXPECT_EQ(unescaped(dots + escaped + dots, run), dots + text + dots);
            }
}

}  // namespace
}  // namespace weir

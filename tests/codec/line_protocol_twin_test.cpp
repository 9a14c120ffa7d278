// The reader of line protocol against a twin made of regular expressions, and any text through its escapes.
#include <optional>
#include <regex>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>

#include "base/json_string.h"
#include "codec/line_protocol.h"

namespace weir::test {
namespace {

using Json = nlohmann::ordered_json;

// The twin: one regular expression for a line, others for its parts.
const std::string measurement_form = R"((?:\\[, ]|\\(?![, ])|[^\\, \n])+)";
const std::string name_form = R"((?:\\[,= ]|\\(?![,= ])|[^\\,= \n])+)";
const std::string text_form = R"re("(?:\\["\\]|\\(?!["\\])|[^"\\])*")re";
const std::string value_form =
    text_form +
    R"(|[tTfF]|true|True|TRUE|false|False|FALSE|-?[0-9]+i|[0-9]+u|-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)";

std::string unescaped(const std::string& text, const std::string& of) {
    return std::regex_replace(text, std::regex(R"(\\()" + of + ")"), "$1");
}

bool fits_64_bits(const std::string& value) {
    try {
        if (value.ends_with('u')) return std::stoull(value), true;
        if (value.ends_with('i')) return std::stoll(value), true;
    } catch (const std::out_of_range&) {
        return false;
    }
    return true;
}

Json value_of(const std::string& value) {
    if (value[0] == '"') return unescaped(value.substr(1, value.size() - 2), R"(["\\])");
    if (value[0] == 't' || value[0] == 'T') return true;
    if (value[0] == 'f' || value[0] == 'F') return false;
    if (value.ends_with('u')) return std::stoull(value);
    if (value.ends_with('i')) return std::stoll(value);
    return std::strtod(value.c_str(), nullptr);
}

struct TwinPoint {
    std::vector<std::pair<std::string, Json>> members;
    std::optional<std::int64_t> ticks;
};

std::optional<TwinPoint> twin(const std::string& line) {
    const std::regex whole("(" + measurement_form + ")((?:," + name_form + "=" + name_form + ")*) +(" +
                           name_form + "=(?:" + value_form + ")(?:," + name_form + "=(?:" + value_form +
                           "))*)(?: +(-?[0-9]+))? *");
    std::smatch match;
    if (!std::regex_match(line, match, whole)) return std::nullopt;
    TwinPoint point;
    point.members.emplace_back("_measurement", unescaped(match[1], "[, ]"));
    const auto each = [&](const std::string& list, const std::string& form, const auto& take) {
        const std::regex part("(?:^|,)(" + name_form + ")=(" + form + ")");
        for (std::sregex_iterator it(list.begin(), list.end(), part, std::regex_constants::match_continuous),
             end;
             it != end; ++it)
            take((*it)[1].str(), (*it)[2].str());
    };
    each(match[2], name_form, [&](const std::string& name, const std::string& value) {
        point.members.emplace_back(unescaped(name, "[,= ]"), unescaped(value, "[,= ]"));
    });
    bool fits = true;
    each(match[3], value_form, [&](const std::string& name, const std::string& value) {
        fits = fits && fits_64_bits(value);
        if (fits) point.members.emplace_back(unescaped(name, "[,= ]"), value_of(value));
    });
    if (!fits) return std::nullopt;
    if (match[4].matched) {
        try {
            point.ticks = std::stoll(match[4]);
        } catch (const std::out_of_range&) {
            return std::nullopt;
        }
    }
    return point;
}

// Text that is often almost a line.
rc::Gen<std::string> some_line() {
    const auto piece = rc::gen::elementOf(std::vector<std::string>{"m",
                                                                   "t",
                                                                   "f",
                                                                   "m,t=a ",
                                                                   " f=1",
                                                                   ",",
                                                                   "=",
                                                                   " ",
                                                                   "\\",
                                                                   "\"",
                                                                   "1",
                                                                   "1i",
                                                                   "2u",
                                                                   "-3.5",
                                                                   "true",
                                                                   "F",
                                                                   "\"a b\"",
                                                                   "\\\"",
                                                                   "\\ ",
                                                                   "\\,",
                                                                   "\\=",
                                                                   "\\\\",
                                                                   " 17",
                                                                   "e5",
                                                                   ".",
                                                                   "m f=",
                                                                   "é",
                                                                   "\t",
                                                                   "18446744073709551616u"});
    const auto start = rc::gen::elementOf(
        std::vector<std::string>{"m", "m f=", "m,t=a f=1", "m,t=a f=1,g=", "m f=1 ", "m,t=a", "m f=\""});
    return rc::gen::apply(
        [](std::string line, const std::vector<std::string>& pieces) {
            for (std::size_t i = 0; i < pieces.size() % 4; ++i)
                line += pieces[i];
            return line;
        },
        start, rc::gen::container<std::vector<std::string>>(piece));
}

TEST(LineProtocol, reads_what_its_twin_reads) {
    std::size_t points = 0;
    EXPECT_TRUE(rc::check([&] {
        const std::string line = *some_line();
        LineProtocolReader reader(line);
        const bool good = reader.next() == LineProtocolReader::Step::point;
        const auto expected = twin(line);
        RC_ASSERT(good == expected.has_value());
        RC_ASSERT(reader.line() == line);
        if (!good) return;
        ++points;
        RC_ASSERT(reader.ticks() == expected->ticks);
        std::vector<std::pair<std::string, Json>> members;
        std::vector<std::string> names;
        const auto note = [&](int depth, Json::parse_event_t event, Json& parsed) {
            if (depth == 1 && event == Json::parse_event_t::key) names.push_back(parsed.get<std::string>());
            if (depth == 1 && event == Json::parse_event_t::value) members.emplace_back(names.back(), parsed);
            return true;
        };
        const Json parsed = Json::parse("{" + reader.members() + "}", note);
        RC_ASSERT(parsed.is_object());
        RC_ASSERT(members.size() == expected->members.size());
        for (std::size_t i = 0; i < members.size(); ++i) {
            RC_ASSERT(members[i].first == expected->members[i].first);
            RC_ASSERT(members[i].second == expected->members[i].second);
        }
    }));
    EXPECT_GT(points, 0U);
}

// What is escaped as the reference says is read back as it was.
TEST(LineProtocol, any_text_survives_its_escapes) {
    EXPECT_TRUE(rc::check([] {
        const auto escaped = [](const std::string& text, const std::string& of) {
            std::string out;
            for (const char c : text) {
                if (of.find(c) != std::string::npos) out += '\\';
                out += c;
            }
            return out;
        };
        const auto name =
            rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab ,=\"\t"))));
        const auto text = rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab ,=\"\\\n\t")));
        const std::string tag = *name, tag_value = *name, field = *name, value = *text;
        const std::string line = "m," + escaped(tag, ",= ") + "=" + escaped(tag_value, ",= ") + " " +
                                 escaped(field, ",= ") + "=\"" + escaped(value, "\"\\") + "\" 5";
        LineProtocolReader reader(line);
        RC_ASSERT(reader.next() == LineProtocolReader::Step::point);
        RC_ASSERT(reader.members() == R"("_measurement":"m",)" + json_string(tag) + ":" +
                                          json_string(tag_value) + "," + json_string(field) + ":" +
                                          json_string(value));
        RC_ASSERT(reader.next() == LineProtocolReader::Step::end);
    }));
}

}  // namespace
}  // namespace weir::test

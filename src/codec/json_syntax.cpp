#include "codec/json_syntax.h"

#include <algorithm>
#include <charconv>

namespace weir {
namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t no_unit = 0x10000;

// The UTF-16 unit of the escape `\uXXXX` at `at`, or no_unit.
std::size_t escaped_unit(std::string_view json, std::size_t at) {
    if (at + 6 > json.size() || json[at] != '\\' || json[at + 1] != 'u') return no_unit;
    unsigned unit = 0;
    const char* const digits = json.data() + at + 2;
    const auto [end, error] = std::from_chars(digits, digits + 4, unit, 16);
    return error == std::errc{} && end == digits + 4 ? unit : no_unit;
}

bool is_high_surrogate(std::size_t unit) {
    return unit >= 0xD800 && unit < 0xDC00;
}
bool is_low_surrogate(std::size_t unit) {
    return unit >= 0xDC00 && unit < 0xE000;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::size_t skip_digits(std::string_view json, std::size_t at) {
    while (at < json.size() && is_digit(json[at]))
        ++at;
    return at;
}

// Whether `token` is a number (RFC 8259, section 6) that 64 bits or a double may not hold.
bool is_large_number(std::string_view token) {
    constexpr std::size_t safe_digits = 18;  // fit into an int64
    const std::size_t whole = token.starts_with('-') ? 1 : 0;
    std::size_t end = skip_digits(token, whole);
    if (end == whole || (token[whole] == '0' && end > whole + 1)) return false;
    bool large = end - whole > safe_digits;
    if (end < token.size() && token[end] == '.') {
        const std::size_t fraction = end + 1;
        end = skip_digits(token, fraction);
        if (end == fraction) return false;
    }
    if (end < token.size() && (token[end] == 'e' || token[end] == 'E')) {
        std::size_t exponent = end + 1;
        if (exponent < token.size() && (token[exponent] == '+' || token[exponent] == '-')) ++exponent;
        end = skip_digits(token, exponent);
        if (end == exponent) return false;
        large = true;
    }
    return large && end == token.size();
}

// Behind the string that opens at `at`; the end of the text when it is not closed.
std::size_t skip_string(std::string_view json, std::size_t at) {
    for (++at; at < json.size() && json[at] != '"'; ++at)
        if (json[at] == '\\') ++at;
    return at + 1;
}

}  // namespace

bool has_lone_surrogate(std::string_view json) {
    for (std::size_t at = json.find('\\'); at != npos && at + 1 < json.size(); at = json.find('\\', at)) {
        if (json[at + 1] != 'u') {
            if (std::string_view(R"("\/bfnrt)").find(json[at + 1]) == npos) return false;
            at += 2;
            continue;
        }
        const std::size_t unit = escaped_unit(json, at);
        if (unit == no_unit) return false;
        at += 6;
        if (is_low_surrogate(unit)) return true;
        if (!is_high_surrogate(unit)) continue;
        if (!is_low_surrogate(escaped_unit(json, at))) return true;
        at += 6;
    }
    return false;
}

bool replace_large_numbers(std::string& json) {
    constexpr std::string_view replacement = "0.0";
    bool replaced = false;
    for (std::size_t at = 0; at < json.size();) {
        if (json[at] == '"') {
            at = skip_string(json, at);
        } else if (json[at] == '-' || is_digit(json[at])) {
            // All of what may belong to a number, so that no part of `1-2` or `01` is taken for one.
            const std::size_t end = std::min(json.find_first_not_of("0123456789+-.eE", at), json.size());
            const std::size_t length = end - at;
            if (is_large_number(std::string_view(json).substr(at, length))) {
                json.replace(at, length, length, ' ').replace(at, replacement.size(), replacement);
                replaced = true;
            }
            at = end;
        } else {
            ++at;
        }
    }
    return replaced;
}

bool nests_deeper_than(std::string_view json, std::size_t depth) {
    std::size_t open = 0;
    for (std::size_t at = 0; at < json.size(); ++at) {
        if (json[at] == '"')
            at = skip_string(json, at) - 1;
        else if (json[at] == '[' || json[at] == '{')
            ++open;
        else if ((json[at] == ']' || json[at] == '}') && open > 0)
            --open;
        if (open > depth) return true;
    }
    return false;
}

}  // namespace weir

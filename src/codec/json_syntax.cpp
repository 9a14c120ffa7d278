#include "codec/json_syntax.h"

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

struct Number {
    std::size_t end = 0;  // where it began, when it is no number
    bool may_be_large = false;
};

// The number at `at` (RFC 8259, section 6).
Number read_number(std::string_view json, std::size_t at) {
    constexpr std::size_t safe_digits = 18;  // fit into an int64
    const Number none{at, false};
    const std::size_t whole = at + (json[at] == '-' ? 1 : 0);
    std::size_t end = skip_digits(json, whole);
    if (end == whole || (json[whole] == '0' && end > whole + 1)) return none;
    bool large = end - whole > safe_digits;
    if (end < json.size() && json[end] == '.') {
        const std::size_t fraction = end + 1;
        end = skip_digits(json, fraction);
        if (end == fraction) return none;
    }
    if (end < json.size() && (json[end] == 'e' || json[end] == 'E')) {
        std::size_t exponent = end + 1;
        if (exponent < json.size() && (json[exponent] == '+' || json[exponent] == '-')) ++exponent;
        end = skip_digits(json, exponent);
        if (end == exponent) return none;
        large = true;
    }
    return {end, large};
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
            const Number number = read_number(json, at);
            const std::size_t length = number.end - at;
            if (number.may_be_large) {
                json.replace(at, length, length, ' ').replace(at, replacement.size(), replacement);
                replaced = true;
            }
            at += length == 0 ? 1 : length;
            // `-01` or `1.e5` is no number: its tail must not be taken for one.
            if (length == 0)
                while (at < json.size() && (is_digit(json[at]) || json[at] == '.' || json[at] == '-' ||
                                            json[at] == '+' || json[at] == 'e' || json[at] == 'E'))
                    ++at;
        } else {
            ++at;
        }
    }
    return replaced;
}

}  // namespace weir

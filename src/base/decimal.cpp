#include "base/decimal.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace weir {
namespace {

using boost::multiprecision::int256_t;

constexpr int most_exponent = 1'000'000;  // of a number as it is written; zero may have any

// 10^exponent, up to the largest that 255 bits hold.
const int256_t& power_of_ten(long exponent) {
    static const std::array<int256_t, Decimal::places + Decimal::sum_places + 1> powers = [] {
        std::array<int256_t, Decimal::places + Decimal::sum_places + 1> made;
        made[0] = 1;
        for (std::size_t i = 1; i < made.size(); ++i)
            made[i] = made[i - 1] * 10;
        return made;
    }();
    return powers[static_cast<std::size_t>(exponent)];
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// A number taken apart: its digits without leading and trailing zeros, and the power of ten of the last one.
struct Parts {
    bool negative = false;
    std::string digits;
    long exponent = 0;
};

// Takes the digits at the front of `text` away.
std::string_view take_digits(std::string_view& text) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
    const std::string_view digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(digits.size());
    return digits;
}

// What follows `e`; one that is out of all bounds is cut to them.
std::optional<long> take_exponent(std::string_view& text) {
    text.remove_prefix(1);
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    std::string_view digits = take_digits(text);
    if (digits.empty()) return std::nullopt;
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
    long exponent = 0;
    if (digits.size() > 6)
        exponent = most_exponent;
    else
        std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    return negative ? -exponent : exponent;
}

std::optional<Parts> take_apart(std::string_view text) {
    Parts parts;
    parts.negative = text.starts_with('-');
    if (parts.negative) text.remove_prefix(1);
    const std::string_view whole = take_digits(text);
    if (whole.empty() || (whole.size() > 1 && whole[0] == '0')) return std::nullopt;
    parts.digits = whole;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        const std::string_view fraction = take_digits(text);
        if (fraction.empty()) return std::nullopt;
        parts.digits += fraction;
        parts.exponent = -static_cast<long>(fraction.size());
    }
    if (text.starts_with('e') || text.starts_with('E')) {
        const std::optional<long> exponent = take_exponent(text);
        if (!exponent) return std::nullopt;
        parts.exponent += *exponent;
    }
    if (!text.empty()) return std::nullopt;
    const std::size_t last = parts.digits.find_last_not_of('0');
    if (last == std::string::npos) return Parts{};
    parts.exponent += static_cast<long>(parts.digits.size() - last - 1);
    parts.digits.resize(last + 1);
    parts.digits.erase(0, parts.digits.find_first_not_of('0'));
    return parts;
}

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view json_number) {
    return read(json_number, places);
}

std::optional<Decimal> Decimal::parse_sum(std::string_view json_number) {
    return read(json_number, sum_places);
}

std::optional<Decimal> Decimal::read(std::string_view json_number, int most_before_point) {
    const std::optional<Parts> parts = take_apart(json_number);
    if (!parts) return std::nullopt;
    if (parts->digits.empty()) return Decimal();
    const long before_point = static_cast<long>(parts->digits.size()) + parts->exponent;
    if (before_point > most_before_point || parts->exponent < -places) return std::nullopt;
    int256_t units = 0;
    constexpr std::size_t at_once = 18;  // digits that fit into 64 bits
    for (std::size_t i = 0; i < parts->digits.size(); i += at_once) {
        const std::string_view some = std::string_view(parts->digits).substr(i, at_once);
        std::uint64_t number = 0;
        std::from_chars(some.data(), some.data() + some.size(), number);
        units = units * power_of_ten(static_cast<long>(some.size())) + number;
    }
    units *= power_of_ten(parts->exponent + places);
    return Decimal(parts->negative ? int256_t(-units) : units);
}

Decimal Decimal::divided_by(std::uint64_t count) const {
    static const int256_t& unit = power_of_ten(places - mean_places);
    const int256_t divisor = unit * count;
    int256_t quotient, rest;
    boost::multiprecision::divide_qr(int256_t(abs(units_)), divisor, quotient, rest);
    rest *= 2;
    if (rest > divisor || (rest == divisor && bit_test(quotient, 0))) ++quotient;
    quotient *= unit;
    return Decimal(units_ < 0 ? int256_t(-quotient) : quotient);
}

std::string Decimal::text() const {
    std::string digits = int256_t(abs(units_)).str();
    if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
    digits.insert(digits.size() - places, 1, '.');
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.back() == '.') digits.pop_back();
    return units_ < 0 ? "-" + digits : digits;
}

}  // namespace weir

#include "base/decimal.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace weir {
namespace {

using boost::multiprecision::cpp_int;

// A number of at most so many digits, written as JSON in one of its many forms, and what it is in 10^-30.
struct Written {
    std::string text;
    cpp_int units;
};

void showValue(const Written& number, std::ostream& os) {
    os << number.text;
}

cpp_int power_of_ten(int exponent) {
    cpp_int power = 1;
    for (int i = 0; i < exponent; ++i)
        power *= 10;
    return power;
}

// The digits go to any place of the 30 before and 30 after the point; an exponent moves the point away again.
rc::Gen<Written> written() {
    return rc::gen::exec([] {
        const auto count = *rc::gen::inRange(1, 31);
        std::string digits = *rc::gen::container<std::string>(static_cast<std::size_t>(count),
                                                              rc::gen::inRange('0', char('9' + 1)));
        digits[0] = *rc::gen::inRange('1', char('9' + 1));
        const int last = *rc::gen::inRange(-30, 30 - count + 1);  // the power of ten of the last digit
        const bool negative = *rc::gen::arbitrary<bool>();
        Written number;
        number.units = cpp_int(digits) * power_of_ten(last + 30) * (negative ? -1 : 1);
        const int fraction = *rc::gen::inRange(0, count);  // digits that are put after the point
        std::string text = digits.substr(0, digits.size() - static_cast<std::size_t>(fraction));
        if (fraction > 0) text += "." + digits.substr(text.size());
        const int exponent = last + fraction;
        if (exponent != 0 || *rc::gen::arbitrary<bool>())
            text += *rc::gen::element<std::string>("e", "E") +
                    (exponent < 0 ? "-" : *rc::gen::element<std::string>("", "+")) +
                    *rc::gen::element<std::string>("", "0", "000000000") + std::to_string(std::abs(exponent));
        number.text = (negative ? "-" : "") + text;
        return number;
    });
}

// The twin of text(): the point goes 30 digits before the end.
std::string plain_text(const cpp_int& units) {
    std::string digits = cpp_int(abs(units)).str();
    while (digits.size() < 31)
        digits = "0" + digits;
    digits = digits.substr(0, digits.size() - 30) + "." + digits.substr(digits.size() - 30);
    while (digits.back() == '0')
        digits.pop_back();
    if (digits.back() == '.') digits.pop_back();
    return (units < 0 ? "-" : "") + digits;
}

// The twin of divided_by(): the nearest multiple of 10^-12, the even one of two.
cpp_int plain_quotient(const cpp_int& units, std::uint64_t count) {
    const cpp_int unit = power_of_ten(18), magnitude = abs(units), step = unit * count;
    cpp_int below = magnitude / step;
    const cpp_int to_below = magnitude - below * step, to_above = (below + 1) * step - magnitude;
    if (to_above < to_below || (to_above == to_below && below % 2 == 1)) ++below;
    const cpp_int quotient = below * unit;
    return units < 0 ? -quotient : quotient;
}

// These and the quotients below: Python's decimal, format(Decimal(text), "f") without trailing zeros.
constexpr std::array<std::array<const char*, 2>, 17> texts{{
    {"0", "0"},
    {"-0", "0"},
    {"-0.000e99", "0"},
    {"0e999999999999", "0"},
    {"1e2", "100"},
    {"1E+2", "100"},
    {"1.50", "1.5"},
    {"100", "100"},
    {"0.1e1", "1"},
    {"-12.50e-3", "-0.0125"},
    {"1e29", "100000000000000000000000000000"},
    {"1e-30", "0.000000000000000000000000000001"},
    {"123456789012345678901234567890.123456789012345678901234567890",
     "123456789012345678901234567890.12345678901234567890123456789"},
    {"10000000000000000000000000000000000000000e-11", "100000000000000000000000000000"},
    {"0.00000000000000000000000000000000000000001e40", "0.1"},
    {"-999999999999999999999999999999", "-999999999999999999999999999999"},
    {"1e00000000000000000005", "100000"},
}};

TEST(Decimal, one_number_has_one_text_however_it_is_written) {
    for (const auto& [written, text] : texts) {
        const auto number = Decimal::parse(written);
        ASSERT_TRUE(number) << written;
        EXPECT_EQ(number->text(), text) << written;
        EXPECT_EQ(*number, *Decimal::parse(text));
    }
}

TEST(Decimal, reads_only_what_json_calls_a_number) {
    for (const char* text :
         {"",    "-",   "+1",  "01",   "-01", "00",  ".5",  "1.",   "1.e2", "1e",    "1e+",
          "1e-", "1ee", "1e.", "1e1.", "0x1", "1_0", "NaN", "1,5",  " 1",   "1 ",    "--1",
          "Inf", "1-1", "e1",  "1.-1", "-e1", "١",   "1f",  "true", "1\n",  "1e+-1", "-.1"})
        EXPECT_FALSE(Decimal::parse(text)) << text;
    EXPECT_FALSE(Decimal::parse(std::string_view("1\0", 2)));
}

TEST(Decimal, numbers_over_30_digits_on_a_side_of_the_point_do_not_fit) {
    const std::string thirty(30, '9');
    EXPECT_TRUE(Decimal::parse(thirty + "." + thirty));
    EXPECT_FALSE(Decimal::parse("1" + std::string(30, '0')));
    EXPECT_FALSE(Decimal::parse("1e30"));
    EXPECT_FALSE(Decimal::parse("1e-31"));
    EXPECT_FALSE(Decimal::parse("1.0000000000000000000000000000001"));
    for (const char* text :
         {"1e999999", "1e1000000", "1e-999999", "-1e99999999999999999999", "1e-99999999999999999999"})
        EXPECT_FALSE(Decimal::parse(text)) << text;
    // Zeros at either end take no place.
    EXPECT_EQ(Decimal::parse("1." + std::string(5000, '0'))->text(), "1");
    EXPECT_EQ(Decimal::parse("0." + std::string(5000, '0') + "1e5001")->text(), "1");
    EXPECT_EQ(Decimal::parse("1" + std::string(5000, '0') + "e-5000")->text(), "1");
}

TEST(Decimal, a_sum_may_have_46_digits_before_the_point) {
    const std::string sum = "-" + std::string(46, '9') + "." + std::string(30, '9');
    EXPECT_EQ(Decimal::parse_sum(sum)->text(), sum);
    EXPECT_FALSE(Decimal::parse(sum));
    EXPECT_FALSE(Decimal::parse_sum("1e46"));
    EXPECT_FALSE(Decimal::parse_sum("1e-31"));
    EXPECT_EQ(Decimal::parse_sum("1e45")->text(), "1" + std::string(45, '0'));
}

TEST(Decimal, quotients_are_rounded_half_to_even) {
    struct Case {
        const char* sum;
        std::uint64_t count;
        const char* mean;
    };
    for (const Case& made :
         std::vector<Case>{{"1", 3U, "0.333333333333"},
                           {"-1", 3U, "-0.333333333333"},
                           {"2", 3U, "0.666666666667"},
                           {"1", 7U, "0.142857142857"},
                           {"0.000000000001", 2U, "0"},
                           {"0.000000000003", 2U, "0.000000000002"},
                           {"-0.000000000001", 2U, "0"},
                           {"-0.000000000003", 2U, "-0.000000000002"},
                           {"0.0000000000025", 5U, "0"},
                           {"0.000000000005", 2U, "0.000000000002"},
                           {"1e-30", 1U, "0"},
                           {"-1e-30", 1U, "0"},
                           {"5e-13", 1U, "0"},
                           {"1.5e-12", 1U, "0.000000000002"},
                           {"-5e-13", 1U, "0"},
                           {"5.00000000000000001e-13", 1U, "0.000000000001"},
                           {"999999999999999999999999999999.999999999999999999999999999999", 1U,
                            "1000000000000000000000000000000"},
                           {"9999999999999999999999999999999999999999999999", 18446744073709551615U,
                            "542101086242752217033113759.205528043414"},
                           {"21.5", 8U, "2.6875"},
                           {"-21.5", 9U, "-2.388888888889"}})
        EXPECT_EQ(Decimal::parse_sum(made.sum)->divided_by(made.count).text(), made.mean)
            << made.sum << " / " << made.count;
}

RC_GTEST_PROP(Decimal, is_what_its_twin_of_whole_numbers_is, ()) {
    const Written number = *written();
    const auto read = Decimal::parse(number.text);
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->text() == plain_text(number.units));
    RC_ASSERT(*Decimal::parse(read->text()) == *read);
}

RC_GTEST_PROP(Decimal, sums_means_and_order_are_exact_and_know_no_order, ()) {
    auto numbers = *rc::gen::container<std::vector<Written>>(written());
    const auto sum = [&] {
        Decimal total;
        for (const Written& number : numbers)
            total += *Decimal::parse(number.text);
        return total;
    };
    const Decimal forwards = sum();
    std::sort(numbers.begin(), numbers.end(),
              [](const Written& a, const Written& b) { return a.units < b.units; });
    cpp_int expected = 0;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        expected += numbers[i].units;
        if (i > 0) {
            const bool same = numbers[i - 1].units == numbers[i].units;
            const auto order = *Decimal::parse(numbers[i - 1].text) <=> *Decimal::parse(numbers[i].text);
            RC_ASSERT(order == (same ? std::strong_ordering::equal : std::strong_ordering::less));
        }
    }
    RC_ASSERT(sum() == forwards);
    RC_ASSERT(forwards.text() == plain_text(expected));
    RC_ASSERT(*Decimal::parse_sum(forwards.text()) == forwards);
    const auto count =
        *rc::gen::oneOf(rc::gen::inRange<std::uint64_t>(1, 10), rc::gen::positive<std::uint64_t>());
    RC_ASSERT(forwards.divided_by(count).text() == plain_text(plain_quotient(expected, count)));
}

}  // namespace
}  // namespace weir

// Any text as a number: what is read has one text, which is read back as the same number and is the shortest;
// a sum and a mean of it have such a text too.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/decimal.h"

namespace {

using weir::Decimal;

void check(bool holds) {
    if (!holds) std::abort();
}

// How text() writes: no exponent, no zero that could be left away, no minus before zero.
void check_shortest(std::string_view text) {
    check(text.find_first_not_of("-.0123456789") == std::string_view::npos);
    check(text != "-0");
    if (text.find('.') != std::string_view::npos) check(text.back() != '0' && text.back() != '.');
    text.remove_prefix(text.front() == '-' ? 1 : 0);
    check(text.size() == 1 || text[0] != '0' || text[1] == '.');
}

void check_text(const Decimal& number) {
    const std::string text = number.text();
    check_shortest(text);
    const auto read = Decimal::parse_sum(text);
    check(read && *read == number && read->text() == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto sum = Decimal::parse_sum(text);
    const auto number = Decimal::parse(text);
    check(!number || (sum && *sum == *number));
    if (!sum) return 0;
    check_text(*sum);
    for (const std::uint64_t count : {std::uint64_t{1}, std::uint64_t{3}, std::uint64_t{size}})
        if (number) check_text(number->divided_by(count));
    if (!number) return 0;
    check(*Decimal::parse(number->text()) == *number);
    Decimal twice = *number;
    twice += *number;
    check_text(twice);
    check((twice <=> *number) == (*number <=> Decimal()));
    return 0;
}

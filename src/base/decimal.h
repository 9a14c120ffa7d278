#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/multiprecision/cpp_int.hpp>

namespace weir {

// An exact decimal number: a whole multiple of 10^-30. Sums do not depend on the order of what is added up.
// What parse() returns is less than 10^30 in magnitude, so that 10^16 of them can be added before the 256
// bits are full.
class Decimal {
  public:
    static constexpr int places = 30;       // after the point
    static constexpr int sum_places = 46;   // before the point, of a sum
    static constexpr int mean_places = 12;  // after the point, of a quotient

    Decimal() = default;

    // Reads a number as JSON writes it (RFC 8259, section 6), also with an exponent. Nothing, when the text
    // is no such number, or none that fits: over 30 digits before the point, or after it.
    static std::optional<Decimal> parse(std::string_view json_number);
    // The same for a sum of such numbers: up to 46 digits before the point.
    static std::optional<Decimal> parse_sum(std::string_view json_number);

    Decimal& operator+=(const Decimal& other) {
        units_ += other.units_;
        return *this;
    }
    bool operator==(const Decimal& other) const { return units_ == other.units_; }
    std::strong_ordering operator<=>(const Decimal& other) const {
        const int order = units_.compare(other.units_);
        return order < 0   ? std::strong_ordering::less
               : order > 0 ? std::strong_ordering::greater
                           : std::strong_ordering::equal;
    }

    // This divided by `count` (over zero), rounded to 12 digits after the point, half to even.
    [[nodiscard]] Decimal divided_by(std::uint64_t count) const;

    // The one shortest form without an exponent, a JSON number: `-12.5`, `0`, `100`.
    [[nodiscard]] std::string text() const;

  private:
    using Units = boost::multiprecision::int256_t;
    static std::optional<Decimal> read(std::string_view json_number, int most_before_point);
    explicit Decimal(Units units) : units_(std::move(units)) {}

    Units units_ = 0;  // of 10^-30
};

}  // namespace weir

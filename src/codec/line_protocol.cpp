#include "codec/line_protocol.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/json_string.h"

namespace weir {
namespace {

constexpr std::array<std::pair<std::string_view, TimePrecision>, 9> precisions{{
    {"", TimePrecision::nanoseconds},
    {"ns", TimePrecision::nanoseconds},
    {"n", TimePrecision::nanoseconds},
    {"us", TimePrecision::microseconds},
    {"u", TimePrecision::microseconds},
    {"ms", TimePrecision::milliseconds},
    {"s", TimePrecision::seconds},
    {"m", TimePrecision::minutes},
    {"h", TimePrecision::hours},
}};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::size_t count_digits(std::string_view text) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
    return static_cast<std::size_t>(end - text.begin());
}

// Whether all of `text` is a decimal number that fits.
template <typename Number>
bool fits(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

std::optional<bool> read_boolean(std::string_view word) {
    for (const std::string_view name : {"t", "T", "true", "True", "TRUE"})
        if (word == name) return true;
    for (const std::string_view name : {"f", "F", "false", "False", "FALSE"})
        if (word == name) return false;
    return std::nullopt;
}

// Leading zeros are no JSON, nor is a number without digits before its dot.
void append_whole(std::string& out, std::string_view digits) {
    const std::size_t first = std::min(digits.find_first_not_of('0'), digits.size());
    out += first == digits.size() ? "0" : digits.substr(first);
}

// Appends a number such as -1.50e+3, .5 or 1. in JSON's form, digit for digit; false when it is none.
bool append_float(std::string& out, std::string_view text) {
    std::string_view rest = text;
    const bool negative = rest.starts_with('-');
    if (negative) rest.remove_prefix(1);
    const std::string_view whole = rest.substr(0, count_digits(rest));
    rest.remove_prefix(whole.size());
    std::string_view fraction;
    if (rest.starts_with('.')) {
        rest.remove_prefix(1);
        fraction = rest.substr(0, count_digits(rest));
        rest.remove_prefix(fraction.size());
    }
    if (whole.empty() && fraction.empty()) return false;
    std::string_view exponent;
    if (rest.starts_with('e') || rest.starts_with('E')) {
        exponent = rest;
        rest.remove_prefix(1);
        if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
        const std::size_t digits = count_digits(rest);
        if (digits == 0) return false;
        rest.remove_prefix(digits);
    }
    if (!rest.empty()) return false;
    if (negative) out += '-';
    append_whole(out, whole);
    if (!fraction.empty()) (out += '.') += fraction;
    out += exponent;
    return true;
}

bool append_integer(std::string& out, std::string_view digits, bool is_signed) {
    if (is_signed ? !fits<std::int64_t>(digits) : !fits<std::uint64_t>(digits)) return false;
    if (digits.starts_with('-')) {
        out += '-';
        digits.remove_prefix(1);
    }
    append_whole(out, digits);
    return true;
}

}  // namespace

std::optional<TimePrecision> time_precision_from(std::string_view name) {
    for (const auto& [text, precision] : precisions)
        if (text == name) return precision;
    return std::nullopt;
}

FineTime fine_time(std::int64_t ticks, TimePrecision precision) {
    const auto split = [ticks](std::int64_t a_millisecond, std::int64_t nanoseconds_each) {
        std::int64_t milliseconds = ticks / a_millisecond, rest = ticks % a_millisecond;
        if (rest < 0) {
            rest += a_millisecond;
            --milliseconds;
        }
        return FineTime{milliseconds, static_cast<std::uint32_t>(rest * nanoseconds_each)};
    };
    // Beyond the years that can be written stays beyond them.
    const auto times = [ticks](std::int64_t milliseconds_each) {
        const std::int64_t bound = INT64_MAX / milliseconds_each;
        return FineTime{std::clamp(ticks, -bound, bound) * milliseconds_each, 0};
    };
    switch (precision) {
        case TimePrecision::nanoseconds:
            return split(1'000'000, 1);
        case TimePrecision::microseconds:
            return split(1'000, 1'000);
        case TimePrecision::milliseconds:
            return {ticks, 0};
        case TimePrecision::seconds:
            return times(1'000);
        case TimePrecision::minutes:
            return times(60'000);
        case TimePrecision::hours:
            return times(3'600'000);
    }
    return {};
}

bool LineProtocolReader::malformed(std::string_view problem) {
    problem_ = problem;
    return false;
}

bool LineProtocolReader::at_end_of_line() const {
    const std::string_view rest = text_.substr(at_);
    return rest.empty() || rest.front() == '\n' || rest == "\r" || rest.starts_with("\r\n");
}

void LineProtocolReader::skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ')
        ++at_;
}

// Passes over empty lines and comments; false at the end of the text.
bool LineProtocolReader::begin_line() {
    while (at_ < text_.size()) {
        const std::size_t start = std::min(text_.find_first_not_of(" \t", at_), text_.size());
        if (start < text_.size() && text_[start] != '\n' && text_[start] != '#') {
            at_ = start;
            if (!at_end_of_line()) return true;
        }
        at_ = std::min(text_.find('\n', start), text_.size() - 1) + 1;
        ++next_number_;
    }
    return false;
}

LineProtocolReader::Step LineProtocolReader::next() {
    if (!begin_line()) return Step::end;
    const std::size_t start = at_;
    number_ = next_number_;
    const bool good = read_point();
    if (!good) at_ = std::min(text_.find('\n', start), text_.size());
    line_ = text_.substr(start, at_ - start);
    if (!good && line_.ends_with('\r')) line_.remove_suffix(1);
    next_number_ += static_cast<std::uint64_t>(std::count(line_.begin(), line_.end(), '\n')) + 1;
    at_ = std::min(text_.find('\n', at_), text_.size() - 1) + 1;
    return good ? Step::point : Step::malformed;
}

void LineProtocolReader::read_name(std::string_view ends, std::string_view escapable) {
    unescaped_.clear();
    while (!at_end_of_line()) {
        const char c = text_[at_];
        if (ends.find(c) != std::string_view::npos) return;
        const bool escapes =
            c == '\\' && at_ + 1 < text_.size() && escapable.find(text_[at_ + 1]) != std::string_view::npos;
        if (escapes) ++at_;
        unescaped_ += text_[at_++];
    }
}

void LineProtocolReader::add_member_name() {
    members_ += ',';
    append_json_string(members_, unescaped_);
    members_ += ':';
}

bool LineProtocolReader::read_point() {
    const std::size_t start = at_;
    members_ = R"("_measurement":)";
    ticks_.reset();
    read_name(", ", ", ");
    if (unescaped_.empty()) return malformed("there is no measurement");
    append_json_string(members_, unescaped_);
    if (!read_tags()) return false;
    skip_spaces();
    if (!read_fields()) return false;
    content_ = text_.substr(start, at_ - start);
    return read_timestamp();
}

bool LineProtocolReader::read_tags() {
    while (!at_end_of_line() && text_[at_] == ',') {
        ++at_;
        read_name("=, ", ",= ");
        if (unescaped_.empty()) return malformed("a tag has no name");
        if (at_end_of_line() || text_[at_] != '=') return malformed("a tag has no value");
        ++at_;
        add_member_name();
        read_name("=, ", ",= ");
        if (unescaped_.empty()) return malformed("a tag has no value");
        if (!at_end_of_line() && text_[at_] == '=')
            return malformed(R"(a tag's value holds an equals sign without a backslash before it)");
        append_json_string(members_, unescaped_);
    }
    return true;
}

bool LineProtocolReader::read_fields() {
    if (at_end_of_line()) return malformed("there are no fields");
    while (true) {
        read_name("=, ", ",= ");
        if (unescaped_.empty()) return malformed("a field has no name");
        if (at_end_of_line() || text_[at_] != '=') return malformed("a field has no value");
        ++at_;
        add_member_name();
        if (!read_value()) return false;
        if (at_end_of_line() || text_[at_] != ',') return true;
        ++at_;
    }
}

bool LineProtocolReader::read_value() {
    if (!at_end_of_line() && text_[at_] == '"') return read_string();
    const std::size_t start = at_;
    while (!at_end_of_line() && text_[at_] != ',' && text_[at_] != ' ')
        ++at_;
    return read_word(text_.substr(start, at_ - start));
}

bool LineProtocolReader::read_word(std::string_view word) {
    if (word.empty()) return malformed("a field has no value");
    if (const auto boolean = read_boolean(word)) {
        members_ += *boolean ? "true" : "false";
        return true;
    }
    const std::string_view digits = word.substr(0, word.size() - 1);
    if (word.ends_with('i'))
        return append_integer(members_, digits, true) ||
               malformed("a field's value ends in i and is no whole number of 64 bits");
    if (word.ends_with('u'))
        return append_integer(members_, digits, false) ||
               malformed("a field's value ends in u and is no whole number of 64 bits without a sign");
    return append_float(members_, word) ||
           malformed("a field's value is no number, truth value or text in double quotes");
}

bool LineProtocolReader::read_string() {
    unescaped_.clear();
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
        const bool escapes =
            text_[at_] == '\\' && at_ + 1 < text_.size() && (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\');
        if (escapes) ++at_;
        unescaped_ += text_[at_];
    }
    if (at_ >= text_.size()) return malformed("a text is not closed by a double quote");
    ++at_;
    if (!at_end_of_line() && text_[at_] != ',' && text_[at_] != ' ')
        return malformed("something follows the double quote that closes a text");
    append_json_string(members_, unescaped_);
    return true;
}

bool LineProtocolReader::read_timestamp() {
    skip_spaces();
    if (at_end_of_line()) return true;
    const std::size_t start = at_;
    while (!at_end_of_line() && text_[at_] != ' ')
        ++at_;
    const std::string_view word = text_.substr(start, at_ - start);
    skip_spaces();
    if (!at_end_of_line()) return malformed("something follows the timestamp");
    std::int64_t ticks = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), ticks);
    if (error != std::errc{} || end != word.data() + word.size())
        return malformed("the timestamp is no whole number of 64 bits");
    ticks_ = ticks;
    return true;
}

}  // namespace weir

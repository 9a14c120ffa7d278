#include "base/time.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include <fmt/format.h>

namespace weir {
namespace {

using std::chrono::day;
using std::chrono::month;
using std::chrono::year;
using std::chrono::year_month_day;

// Reads exactly `width` digits at `position`; -1 when one of them is none.
int digits(std::string_view text, std::size_t position, std::size_t width) {
    int value = 0;
    for (std::size_t i = position; i < position + width; ++i) {
        const char c = text[i];
        if (c < '0' || c > '9') return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}

// Reads ".123456789" at the front of `text` and removes it; -1 when it is malformed.
int take_milliseconds(std::string_view& text) {
    if (text.empty() || text.front() != '.') return 0;
    text.remove_prefix(1);
    std::size_t width = 0;
    int value = 0;
    while (width < text.size() && text[width] >= '0' && text[width] <= '9') {
        if (width < 3) value = value * 10 + (text[width] - '0');
        ++width;
    }
    if (width == 0 || width > 9) return -1;
    for (std::size_t i = width; i < 3; ++i)
        value *= 10;
    text.remove_prefix(width);
    return value;
}

tl::unexpected<Error> bad_time(std::string_view text) {
    return fail(ErrorCode::invalid, "ts-invalid", fmt::format("'{}' is not a time", text.substr(0, 64)),
                "write RFC 3339 in UTC, such as 2026-11-24T00:15:53.123Z, or epoch milliseconds");
}

struct Unit {
    std::string_view suffix;
    std::int64_t milliseconds;
};
constexpr std::array<Unit, 5> units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

}  // namespace

Result<Timestamp> parse_rfc3339(std::string_view text) {
    constexpr std::size_t seconds_end = 19;  // of "2026-11-24T00:15:53"
    if (text.size() <= seconds_end) return bad_time(text);
    const auto is = [&](std::size_t i, char c) { return text[i] == c; };
    if (!is(4, '-') || !is(7, '-') || !(is(10, 'T') || is(10, 't')) || !is(13, ':') || !is(16, ':'))
        return bad_time(text);
    const int y = digits(text, 0, 4), mo = digits(text, 5, 2), d = digits(text, 8, 2);
    const int h = digits(text, 11, 2), mi = digits(text, 14, 2), s = digits(text, 17, 2);
    if (y < 0 || mo < 1 || d < 1 || h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 59)
        return bad_time(text);
    const year_month_day date{year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
    if (!date.ok()) return bad_time(text);
    std::string_view rest = text.substr(seconds_end);
    const int ms = take_milliseconds(rest);
    if (ms < 0 || rest.empty()) return bad_time(text);
    if (rest != "Z" && rest != "z" && rest != "+00:00") {
        if (rest.size() == 6 && (rest[0] == '+' || rest[0] == '-'))
            return fail(ErrorCode::invalid, "ts-not-utc",
                        fmt::format("'{}' is not in UTC", text.substr(0, 64)), "end the time with Z");
        return bad_time(text);
    }
    return Timestamp{std::chrono::sys_days{date}.time_since_epoch() + std::chrono::hours{h} +
                     std::chrono::minutes{mi} + std::chrono::seconds{s} + Duration{ms}};
}

Result<Timestamp> parse_timestamp(std::string_view text) {
    std::int64_t ms = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
    if (error != std::errc{} || end != text.data() + text.size()) return parse_rfc3339(text);
    const Timestamp t = timestamp_from_ms(ms);
    if (t < min_timestamp || t > max_timestamp) return bad_time(text);
    return t;
}

void append_rfc3339(std::string& out, Timestamp t) {
    t = std::clamp(t, min_timestamp, max_timestamp);
    const auto days = std::chrono::floor<std::chrono::days>(t);
    const year_month_day date{days};
    auto rest = to_ms(t) - to_ms(Timestamp{days});
    std::array<char, 24> text{};
    const auto put = [&](std::size_t at, std::size_t width, std::int64_t value) {
        for (std::size_t i = width; i-- > 0; value /= 10)
            text[at + i] = static_cast<char>('0' + value % 10);
    };
    put(0, 4, int{date.year()});
    put(5, 2, unsigned{date.month()});
    put(8, 2, unsigned{date.day()});
    put(20, 3, rest % 1000);
    rest /= 1000;
    put(17, 2, rest % 60);
    rest /= 60;
    put(14, 2, rest % 60);
    put(11, 2, rest / 60);
    text[4] = text[7] = '-';
    text[10] = 'T';
    text[13] = text[16] = ':';
    text[19] = '.';
    text[23] = 'Z';
    out.append(text.data(), text.size());
}

std::string format_rfc3339(Timestamp t) {
    std::string out;
    append_rfc3339(out, t);
    return out;
}

Result<Duration> parse_duration(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const std::string_view suffix = text.substr(static_cast<std::size_t>(end - text.data()));
    for (const Unit& unit : units) {
        if (error != std::errc{} || value < 0 || suffix != unit.suffix) continue;
        if (value > std::numeric_limits<std::int64_t>::max() / unit.milliseconds) break;
        return Duration{value * unit.milliseconds};
    }
    return fail(ErrorCode::invalid, "duration-invalid",
                fmt::format("'{}' is not a duration", text.substr(0, 64)),
                "write a number and a unit: 250ms, 60s, 5m, 2h or 7d");
}

std::string format_duration(Duration d) {
    for (const Unit& unit : units)
        if (d.count() != 0 && d.count() % unit.milliseconds == 0)
            return fmt::format("{}{}", d.count() / unit.milliseconds, unit.suffix);
    return d.count() == 0 ? "0s" : fmt::format("{}ms", d.count());
}

}  // namespace weir

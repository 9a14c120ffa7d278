#include "cli/values.h"

#include <array>
#include <charconv>
#include <cmath>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace weir::cli {
namespace {

constexpr double max_rate = 1e9;  // events a second; more than any clock tells apart

struct RateUnit {
    std::string_view suffix;
    double seconds;
};
constexpr std::array<RateUnit, 3> rate_units{{{"s", 1}, {"m", 60}, {"h", 3600}}};

tl::unexpected<Error> bad_rate(std::string_view text) {
    return fail(ErrorCode::invalid, "rate-invalid", fmt::format("'{}' is not a rate", text.substr(0, 64)),
                "write a number over zero and a unit, such as 10/s, 1000/s or 5/m, or max");
}

// A plain decimal number: digits and at most one point, so that "inf", "1e9" and "-1" are none.
std::optional<double> plain_decimal(std::string_view text) {
    if (text.empty() || text.find_first_not_of("0123456789.") != std::string_view::npos) return std::nullopt;
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

Result<Rate> parse_rate(std::string_view text) {
    if (text == "max") return Rate{};
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return bad_rate(text);
    const std::optional<double> number = plain_decimal(text.substr(0, slash));
    if (!number || *number <= 0) return bad_rate(text);
    for (const RateUnit& unit : rate_units) {
        if (text.substr(slash + 1) != unit.suffix) continue;
        const double per_second = *number / unit.seconds;
        if (per_second > max_rate) return bad_rate(text);
        return Rate{per_second};
    }
    return bad_rate(text);
}

std::string format_rate(const Rate& rate) {
    return rate.per_second ? fmt::format("{:g}/s", *rate.per_second) : std::string("max");
}

Result<TimeArgument> parse_time(std::string_view text, Timestamp now) {
    if (text == "now") return TimeArgument{now, true};
    if (text.size() > 1 && text.front() == '-') {
        const Result<Duration> ago = parse_duration(text.substr(1));
        if (ago && *ago <= now - min_timestamp) return TimeArgument{now - *ago, true};
    } else if (const Result<Timestamp> at = parse_timestamp(text)) {
        return TimeArgument{*at, false};
    }
    return fail(
        ErrorCode::invalid, "time-invalid", fmt::format("'{}' is not a time", text.substr(0, 64)),
        "write RFC 3339 in UTC (2026-11-24T00:15:00Z), epoch milliseconds, now, or -5m for five minutes ago");
}

Result<std::uint64_t> parse_count(std::string_view text, std::uint64_t low, std::uint64_t high) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool number = error == std::errc{} && end == text.data() + text.size();
    if (number && value >= low && value <= high) return value;
    const bool bounded = high != std::numeric_limits<std::uint64_t>::max();
    return fail(
        ErrorCode::invalid, "number-invalid",
        fmt::format("'{}' is not a whole number {}", text.substr(0, 64),
                    bounded ? fmt::format("from {} to {}", low, high) : fmt::format("of at least {}", low)));
}

bool ListenAddress::loopback() const {
    in_addr v4{};
    if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24U) == IN_LOOPBACKNET;
    return host == "localhost" || host == "::1";
}

std::string ListenAddress::text() const {
    return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                               : fmt::format("[{}]:{}", host, port);
}

Result<ListenAddress> parse_listen(std::string_view text) {
    const auto bad = [&] {
        return fail(ErrorCode::invalid, "listen-invalid",
                    fmt::format("'{}' is not an address to listen on", text.substr(0, 64)),
                    "write host:port, such as 127.0.0.1:8080, [::1]:8080, or 127.0.0.1:0 for any free port");
    };
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return bad();
    std::string_view host = text.substr(0, colon);
    if (host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
        return bad();
    }
    const Result<std::uint64_t> port = parse_count(text.substr(colon + 1), 0, 65535);
    if (!port || host.empty()) return bad();
    return ListenAddress{std::string(host), static_cast<std::uint16_t>(*port)};
}

Result<std::vector<std::string>> parse_list(std::string_view text) {
    std::vector<std::string> names;
    std::string name;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"' && quoted && i + 1 < text.size() && text[i + 1] == '"') {
            name += '"';
            ++i;
        } else if (c == '"' && (quoted || name.empty())) {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            names.push_back(std::exchange(name, {}));
        } else {
            name += c;
        }
    }
    names.push_back(std::move(name));
    for (const std::string& each : names)
        if (each.empty() || quoted)
            return fail(ErrorCode::invalid, "list-invalid",
                        fmt::format("'{}' is not a list of names", text.substr(0, 64)),
                        "separate names by single commas: event_id,ts,County");
    return names;
}

}  // namespace weir::cli

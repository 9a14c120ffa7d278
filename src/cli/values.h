#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace weir::cli {

// How many events a second; without a number: as fast as they are acknowledged.
struct Rate {
    std::optional<double> per_second;
    bool operator==(const Rate&) const = default;
};

// Reads `10/s`, `0.5/s`, `5/m`, `100/h` or `max` (reason "rate-invalid").
Result<Rate> parse_rate(std::string_view text);
std::string format_rate(const Rate& rate);

// A time as it was asked for. A relative one depends on the moment the command began, and is aligned by
// whoever needs it.
struct TimeArgument {
    Timestamp at;
    bool relative = false;
};

// Reads an RFC 3339 UTC time, epoch milliseconds, `now`, or `-5m` for five minutes ago (reason
// "time-invalid").
Result<TimeArgument> parse_time(std::string_view text, Timestamp now);

// Reads a decimal integer in [low, high], without sign, space or separators (reason "number-invalid").
Result<std::uint64_t> parse_count(std::string_view text, std::uint64_t low = 0,
                                  std::uint64_t high = std::numeric_limits<std::uint64_t>::max());

// Where a server listens.
struct ListenAddress {
    std::string host;
    std::uint16_t port = 0;

    // 127.0.0.0/8, ::1 and `localhost`: nobody but this machine can connect.
    [[nodiscard]] bool loopback() const;
    // `127.0.0.1:8080`, `[::1]:8080`.
    [[nodiscard]] std::string text() const;
};

// Reads `host:port` or `[ipv6]:port`; port 0 picks a free one (reason "listen-invalid").
Result<ListenAddress> parse_listen(std::string_view text);

// Reads `a,b,c`; a name with a comma in it is quoted as in CSV. No empty names (reason "list-invalid").
Result<std::vector<std::string>> parse_list(std::string_view text);

}  // namespace weir::cli

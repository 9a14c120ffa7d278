#include "server/query.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "base/json_string.h"

namespace weir {
namespace {

tl::unexpected<Error> bad(std::string message, std::string hint = {}) {
    return fail(ErrorCode::invalid, "query-invalid", std::move(message), std::move(hint));
}

}  // namespace

Result<void> Query::check(std::span<const std::string_view> known) const {
    for (auto it = parameters_.begin(); it != parameters_.end(); ++it) {
        const std::string& name = it->first;
        if (std::find(known.begin(), known.end(), name + '*') != known.end()) continue;
        if (std::find(known.begin(), known.end(), name) == known.end() || name.ends_with('*'))
            return bad(fmt::format("there is no query parameter {} here", json_string(name)),
                       known.empty() ? "leave the query away"
                                     : fmt::format("known here: {}", fmt::join(known, ", ")));
        if (std::any_of(parameters_.begin(), it, [&](const auto& other) { return other.first == name; }))
            return bad(fmt::format("the query parameter {} stands twice", name));
    }
    return {};
}

std::optional<std::string_view> Query::text(std::string_view name) const {
    for (const auto& [known, value] : parameters_)
        if (known == name) return value;
    return std::nullopt;
}

std::vector<std::string_view> Query::texts(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto& [known, value] : parameters_)
        if (known == name) values.emplace_back(value);
    return values;
}

Result<Timestamp> read_time(std::string_view name, std::string_view text) {
    auto time = parse_timestamp(text);
    if (!time)
        return bad(fmt::format("{} is no time: {}", name, time.error().message),
                   "write it like 2026-11-24T00:15:00Z, or as milliseconds since 1970");
    return *time;
}

Result<std::optional<Timestamp>> Query::time(std::string_view name) const {
    const auto value = text(name);
    if (!value) return std::optional<Timestamp>{};
    auto time = read_time(name, *value);
    if (!time) return fail(std::move(time).error());
    return std::optional(*time);
}

Result<std::optional<std::uint64_t>> Query::number(std::string_view name, std::uint64_t least,
                                                   std::uint64_t most) const {
    const auto value = text(name);
    if (!value) return std::optional<std::uint64_t>{};
    std::uint64_t number = 0;
    const char* end = value->data() + value->size();
    const auto [stop, error] = std::from_chars(value->data(), end, number);
    if (error == std::errc{} && stop == end && number >= least && number <= most)
        return std::optional(number);
    const bool bounded = most != std::numeric_limits<std::uint64_t>::max();
    return bad(
        fmt::format("{} is {}, which is no number {}", name, json_string(*value),
                    bounded ? fmt::format("from {} to {}", least, most) : fmt::format("from {} on", least)));
}

Result<TimeRange> Query::range(bool required) const {
    const auto from = time("from");
    if (!from) return fail(from.error());
    const auto to = time("to");
    if (!to) return fail(to.error());
    if (required && (!*from || !*to))
        return bad(fmt::format("the query parameter {} is missing", *from ? "to" : "from"),
                   "give the range as from=…&to=…: from <= t < to");
    const TimeRange range{from->value_or(min_timestamp), to->value_or(max_timestamp)};
    if (range.start > range.end)
        return bad(fmt::format("from ({}) is later than to ({})", format_rfc3339(range.start),
                               format_rfc3339(range.end)));
    return range;
}

}  // namespace weir

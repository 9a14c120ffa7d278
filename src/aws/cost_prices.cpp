#include "aws/cost_prices.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace weir::aws {
namespace {

using nlohmann::json;
using Curve = std::vector<std::pair<double, double>>;

constexpr std::array<std::string_view, meter_count> meter_names{
    "sqs-request",      "kinesis-shard-hour",  "kinesis-put-unit",
    "lambda-request",   "lambda-gb-second",    "dynamodb-write",
    "dynamodb-read",    "dynamodb-write-hour", "dynamodb-read-hour",
    "dynamodb-storage", "dynamodb-recovery",   "scheduler-invocation",
    "log-gigabyte",     "custom-metric",       "alarm"};

constexpr std::array<std::pair<std::string_view, double Assumptions::*>, 17> assumption_names{{
    {"sqs-pollers", &Assumptions::sqs_pollers},
    {"sqs-poll-seconds", &Assumptions::sqs_poll_seconds},
    {"sqs-window-seconds", &Assumptions::sqs_window_seconds},
    {"sqs-batch-size", &Assumptions::sqs_batch_size},
    {"delivery-seconds", &Assumptions::delivery_seconds},
    {"key-bytes", &Assumptions::key_bytes},
    {"event-id-bytes", &Assumptions::event_id_bytes},
    {"batch-id-bytes", &Assumptions::batch_id_bytes},
    {"invocation-ms", &Assumptions::invocation_ms},
    {"round-trip-ms", &Assumptions::round_trip_ms},
    {"row-cpu-ms", &Assumptions::row_cpu_ms},
    {"block-cpu-ms", &Assumptions::block_cpu_ms},
    {"log-bytes-an-invocation", &Assumptions::log_bytes_an_invocation},
    {"custom-metrics", &Assumptions::custom_metrics},
    {"alarms", &Assumptions::alarms},
    {"aggregator-cold-starts-a-day", &Assumptions::aggregator_cold_starts_a_day},
    {"provisioned-utilisation", &Assumptions::provisioned_utilisation},
}};

Error invalid(std::string message) {
    return {ErrorCode::usage, "prices-invalid", std::move(message),
            "take the built-in file, data/prices/us-east-1.json, as the pattern"};
}

const json* member(const json& object, std::string_view name) {
    if (!object.is_object()) return nullptr;
    const auto found = object.find(name);
    return found == object.end() ? nullptr : &*found;
}

std::optional<double> number(const json& object, std::string_view name) {
    const json* found = member(object, name);
    if (found == nullptr || !found->is_number()) return std::nullopt;
    const auto value = found->get<double>();
    return value >= 0 ? std::optional(value) : std::nullopt;
}

std::string text(const json& object, std::string_view name) {
    const json* found = member(object, name);
    return found != nullptr && found->is_string() ? found->get<std::string>() : std::string();
}

Result<Price> read_price(const json& prices, std::string_view name) {
    const json* entry = member(prices, name);
    if (entry == nullptr) return fail(invalid(fmt::format("the price file has no price '{}'", name)));
    const std::optional<double> usd = number(*entry, "usd"), per = number(*entry, "per"),
                                free = number(*entry, "free");
    if (!usd || !per || !free || *per == 0)
        return fail(invalid(
            fmt::format("the price '{}' needs the numbers usd, per and free, and a per over zero", name)));
    const json* verified = member(*entry, "verified");
    return Price{text(*entry, "service"),
                 text(*entry, "unit"),
                 *usd,
                 *per,
                 *free,
                 text(*entry, "source"),
                 verified != nullptr && *verified == true};
}

Result<Assumptions> read_assumptions(const json& entries) {
    Assumptions out;
    for (const auto& [name, field] : assumption_names) {
        const json* entry = member(entries, name);
        const std::optional<double> value = entry == nullptr ? std::nullopt : number(*entry, "value");
        if (!value)
            return fail(
                invalid(fmt::format("the price file has no assumption '{}' with a number `value`", name)));
        out.*field = *value;
    }
    for (const auto& [value, name] : {std::pair{out.sqs_pollers, "sqs-pollers"},
                                      {out.sqs_poll_seconds, "sqs-poll-seconds"},
                                      {out.sqs_batch_size, "sqs-batch-size"},
                                      {out.provisioned_utilisation, "provisioned-utilisation"}})
        if (value == 0) return fail(invalid(fmt::format("the assumption '{}' must be over zero", name)));
    return out;
}

Result<Curve> read_compression(const json& file, std::string_view name) {
    const json* entry = member(file, "compression");
    const json* points = entry == nullptr ? nullptr : member(*entry, name);
    const auto unusable = [&] {
        return fail(invalid(fmt::format(
            "the price file needs compression.{}: [events, ratio] pairs, ascending by events", name)));
    };
    if (points == nullptr || !points->is_array()) return unusable();
    Curve out;
    for (const json& point : *points) {
        if (!point.is_array() || point.size() != 2 || !point[0].is_number() || !point[1].is_number())
            return unusable();
        out.emplace_back(point[0].get<double>(), point[1].get<double>());
    }
    const bool usable = !out.empty() && std::ranges::is_sorted(out) &&
                        std::ranges::all_of(out, [](auto p) { return p.first >= 1 && p.second > 0; });
    if (!usable) return unusable();
    return out;
}

double at(const Curve& curve, double events) {
    const auto after = std::ranges::find_if(curve, [&](auto point) { return point.first >= events; });
    if (after == curve.end()) return curve.back().second;
    if (after == curve.begin()) return after->second;
    const auto before = std::prev(after);
    const double part = std::log(events / before->first) / std::log(after->first / before->first);
    return before->second + part * (after->second - before->second);
}

}  // namespace

std::string_view meter_name(Meter meter) {
    return meter_names[static_cast<std::size_t>(meter)];
}

Result<PriceList> PriceList::parse(std::string_view document) {
    const json file = json::parse(document, nullptr, false);
    if (!file.is_object()) return fail(invalid("the price file is no JSON object"));
    PriceList list;
    list.region_ = text(file, "region");
    list.date_ = text(file, "date");
    if (list.region_.empty() || list.date_.empty())
        return fail(invalid("the price file does not say its region and date"));
    const json* prices = member(file, "prices");
    const json* assumptions = member(file, "assumptions");
    for (std::size_t i = 0; i < meter_count; ++i) {
        Result<Price> price = read_price(prices == nullptr ? json() : *prices, meter_names[i]);
        if (!price) return fail(std::move(price).error());
        list.prices_[i] = *std::move(price);
    }
    Result<Assumptions> assumed = read_assumptions(assumptions == nullptr ? json() : *assumptions);
    if (!assumed) return fail(std::move(assumed).error());
    list.assumptions_ = *assumed;
    for (const auto& [name, curve] : {std::pair{"messages", &list.messages_}, {"blocks", &list.blocks_}}) {
        Result<Curve> read = read_compression(file, name);
        if (!read) return fail(std::move(read).error());
        *curve = *std::move(read);
    }
    return list;
}

double PriceList::message_compression(double events) const {
    return at(messages_, events);
}

double PriceList::block_compression(double events) const {
    return at(blocks_, events);
}

bool PriceList::all_verified() const {
    return std::ranges::all_of(prices_, &Price::verified);
}

}  // namespace weir::aws

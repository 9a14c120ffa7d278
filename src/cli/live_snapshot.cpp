#include "cli/live_snapshot.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <nlohmann/json.hpp>

#include "codec/json_rows.h"

namespace weir::cli {
namespace {

using Json = nlohmann::json;

tl::unexpected<Error> not_a_snapshot(const std::string& why) {
    return fail(ErrorCode::invalid, "answer-invalid", "what the server sends is no live snapshot: " + why,
                "check that the address is that of a weir server of the same version");
}

Result<LiveSnapshot> read(const Json& json) {
    LiveSnapshot snapshot;
    auto row = aggregate_row_from_json(json.at("row").dump());
    if (!row) return fail(std::move(row).error());
    snapshot.row = *std::move(row);
    auto ledger = ledger_from_json(json.at("ledger").dump());
    if (!ledger) return fail(std::move(ledger).error());
    snapshot.ledger = *ledger;
    snapshot.state = json.at("state").get<std::string>();
    if (!json.at("per_second").is_null()) snapshot.per_second = json.at("per_second").get<double>();
    for (const auto& [key, count] : snapshot.row.counts)
        snapshot.ranked.push_back({key, count});
    std::ranges::stable_sort(snapshot.ranked, std::greater<>(), &RankedKey::count);
    snapshot.keys = json.at("row").value("keys", snapshot.ranked.size());
    return snapshot;
}

}  // namespace

Result<LiveSnapshot> live_snapshot_from_json(std::string_view text) {
    try {
        const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
        if (!json.is_object()) return not_a_snapshot("it is no JSON object");
        return read(json);
    } catch (const std::exception& wrong) {
        return not_a_snapshot(wrong.what());
    }
}

}  // namespace weir::cli

#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

#include "cli/live_source.h"

namespace weir::cli {

// A snapshot as docs/http.md shows it, of these counts.
inline std::shared_ptr<const LiveSnapshot> snapshot_of(const std::string& counts, std::uint64_t total,
                                                       const std::string& more = "",
                                                       const std::string& state = "ready",
                                                       std::uint64_t stored = 29'988) {
    const std::string text =
        R"({"state":")" + state +
        R"(","per_second":1180.3,"row":{"view":"county-5m","window_start":"2026-11-24T01:47:31.000Z",)"
        R"("window_end":"2026-11-24T01:52:31.000Z","updated":"2026-11-24T01:52:31.000Z","total":)" +
        std::to_string(total) + R"(,"counts":)" + counts +
        R"(,"late":3,"revision":0,"final":false,"run_id":null,"computed_at":"2026-11-24T01:52:30.400Z",)"
        R"("as_of":412,"schema":1)" +
        more + R"(},"ledger":{"received":30000,"stored":)" + std::to_string(stored) +
        R"(,"duplicates":0,"rejected":12,"late":5,"batches":60,"replays":0,"balances":true}})";
    auto snapshot = live_snapshot_from_json(text);
    if (!snapshot) throw std::runtime_error(snapshot.error().message);
    return std::make_shared<const LiveSnapshot>(*std::move(snapshot));
}

constexpr SteadyTime some_time{std::chrono::hours{1}};

inline LiveSource::Look look_at(std::shared_ptr<const LiveSnapshot> snapshot,
                                SteadyTime received = some_time) {
    LiveSource::Look look;
    look.newest = std::move(snapshot);
    look.received = look.changed = received;
    look.connected = true;
    return look;
}

}  // namespace weir::cli

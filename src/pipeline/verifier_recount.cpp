#include "pipeline/verifier_recount.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace weir {
namespace {

constexpr std::size_t max_listed_ids = 100;

}  // namespace

RunPresence::RunPresence(const ProducedRun& produced) : produced_(produced), times_(produced.events, 0) {}

void RunPresence::note(const EventView& event) {
    ProducerSequence id;
    if (!parse_producer_sequence(event.event_id, id) || id.run != produced_.run_id) return;
    if (id.sequence == 0 || id.sequence > times_.size() ||
        event.event_id != format_event_id(produced_.run_id, id.sequence)) {
        if (!unknown_) unknown_ = std::string(event.event_id);
        return;
    }
    std::uint8_t& times = times_[id.sequence - 1];
    if (times < std::numeric_limits<std::uint8_t>::max()) ++times;
    if (!misplaced_ && (event.ts < produced_.first_ts || event.ts > produced_.last_ts))
        misplaced_ = fmt::format("{} at {}", event.event_id, format_rfc3339(event.ts));
}

void RunPresence::report(Comparison& out) const {
    for (std::uint64_t sequence = 1; sequence <= times_.size(); ++sequence) {
        const std::uint8_t times = times_[sequence - 1];
        if (times == 1) continue;
        std::uint64_t& all = times == 0 ? out.missing : out.doubled;
        std::vector<std::string>& ids = times == 0 ? out.missing_ids : out.doubled_ids;
        ++all;
        if (ids.size() < max_listed_ids) ids.push_back(format_event_id(produced_.run_id, sequence));
    }
}

TimeRange cover(TimeRange a, TimeRange b) {
    return {std::min(a.start, b.start), std::max(a.end, b.end)};
}

Result<Recount> recount_raw(StoreReader& store, TimeRange window, const ProducedRun& produced,
                            std::uint64_t as_of) {
    Recount recount(produced);
    recount.scanned = cover(window, {produced.first_ts, produced.last_ts + Duration{1}});
    const auto end = store.scan({recount.scanned, as_of, std::nullopt}, [&](const EventView& event) {
        recount.presence.note(event);
        if (!window.contains(event.ts)) return Visit::next;
        ++recount.total;
        const auto found = recount.counts.find(event.key);
        if (found == recount.counts.end())
            recount.counts.emplace(event.key, 1);
        else
            ++found->second;
        return Visit::next;
    });
    if (!end) return fail(end.error());
    return recount;
}

}  // namespace weir

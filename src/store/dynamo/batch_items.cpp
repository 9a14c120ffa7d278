#include "store/dynamo/batch_items.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>
#include <random>
#include <string_view>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "store/checks.h"
#include "store/dynamo/dead_letter_items.h"
#include "store/dynamo/delta_items.h"
#include "store/dynamo/keys.h"
#include "store/dynamo/raw_items.h"
#include "store/pane_delta.h"

namespace weir::dynamo {
namespace {

// The first event of each id is stored, the others are duplicates.
struct Sorted {
    std::vector<std::uint32_t> stored, duplicates;
};

// What one producer numbers upwards holds nothing twice: nearly every batch.
bool is_numbered_upwards(const std::vector<EventRecord>& events) {
    const auto follows = [](const EventRecord& a, const EventRecord& b) {
        return a.producer != no_producer && a.producer == b.producer && a.sequence < b.sequence;
    };
    return std::adjacent_find(events.begin(), events.end(), std::not_fn(follows)) == events.end();
}

Sorted sort_out(const Batch& batch, const EventIds& ids) {
    Sorted sorted;
    if (is_numbered_upwards(batch.events)) {
        sorted.stored.resize(ids.size());
        std::iota(sorted.stored.begin(), sorted.stored.end(), 0U);
        return sorted;
    }
    std::unordered_set<std::string_view> seen;
    seen.reserve(ids.size());
    for (std::uint32_t i = 0; i < ids.size(); ++i)
        (seen.insert(ids[i]).second ? sorted.stored : sorted.duplicates).push_back(i);
    return sorted;
}

Result<void> check_times(const Batch& batch, Timestamp received_at) {
    for (const EventRecord& event : batch.events)
        if (event.ts - received_at > most_ahead)
            return fail(ErrorCode::invalid, "ts-too-far-ahead",
                        fmt::format("an event of batch '{}' has the ts {}, more than a day after {}",
                                    batch.batch_id, format_rfc3339(event.ts), format_rfc3339(received_at)),
                        "set the allowed clock skew to less than a day");
    return {};
}

Result<void> add_all(const std::vector<aws::Item>& items, aws::EncodedItems& to) {
    for (const aws::Item& item : items)
        if (auto added = to.add(item); !added) return added;
    return {};
}

}  // namespace

Result<BatchItems> batch_items(const Batch& batch, Timestamp received_at, const DynamoOptions& options) {
    if (auto checked = check_times(batch, received_at); !checked) return fail(std::move(checked).error());
    const auto ids = EventIds::of(batch, options.identity.group_by);
    if (!ids) return fail(ids.error());
    const Sorted sorted = sort_out(batch, *ids);
    BatchItems items;
    items.verdict = verdict_on_lines(batch);
    items.verdict.stored = sorted.stored.size();
    items.verdict.duplicates = sorted.duplicates.size();

    if (auto added = add_raw_items(batch, sorted.stored, *ids, options, items.raw); !added)
        return fail(std::move(added).error());
    const auto letters = dead_letter_items(batch, received_at, options.retention);
    if (auto added = add_all(letters, items.raw); !added) return fail(std::move(added).error());

    items.minutes.insert(minute_of(received_at));
    for (const std::uint32_t event : sorted.stored)
        items.minutes.insert(minute_of(batch.events[event].ts));
    const WindowSpec& window = options.identity.window;
    PaneDeltas deltas;
    items.verdict.late = count_events(batch, received_at, sorted.duplicates, window, deltas);
    const auto counts = delta_items(batch, received_at, deltas, items.verdict, options.retention);
    if (auto added = add_all(counts, items.deltas); !added) return fail(std::move(added).error());
    for (const auto& [pane, delta] : deltas) {
        items.minutes.insert(minute_of(pane));
        if (const std::int64_t minute = minute_of(pane);
            items.changed.empty() || items.changed.back().minute != minute)
            items.changed.push_back(
                {minute, align_up(pane, window.slide) + window.lateness - clock_tolerance});
    }
    return items;
}

aws::Item dirty_mark(std::int64_t minute, Duration retention) {
    std::random_device random;
    std::uniform_int_distribution<std::int64_t> version(1, std::numeric_limits<std::int64_t>::max());
    return {{"pk", aws::text(std::string(dirty_partition))},
            {"sk", aws::text(format_minute(minute))},
            {"version", aws::number(version(random))},
            {"expires", minute_expires_at(minute, retention)}};
}

}  // namespace weir::dynamo

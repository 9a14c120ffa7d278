#include <algorithm>
#include <mutex>
#include <utility>

#include "store/checks.h"
#include "store/dynamo/batch_items.h"
#include "store/dynamo/delta_items.h"
#include "store/dynamo/engine.h"
#include "store/dynamo/keys.h"

namespace weir::dynamo {
namespace {

// What was received may have been so by a clock that is ahead of this one.
constexpr Duration clock_skew{std::chrono::minutes{10}};

std::uint64_t epoch_ms(Timestamp t) {
    return static_cast<std::uint64_t>(to_ms(t));
}

}  // namespace

DynamoStore::Minutes DynamoStore::minutes_of_events(TimeRange range) const {
    const Timestamp now = clock_.now();
    const Timestamp start = std::max(range.start, now - options_.retention - expiry_margin - Duration{1000});
    const Timestamp end = std::min(range.end, now + most_ahead + clock_skew);
    return start < end ? Minutes{minute_of(start), minute_of(end - Duration{1})} : Minutes{};
}

DynamoStore::Minutes DynamoStore::minutes_of_receipt(TimeRange range, Timestamp created) const {
    const Timestamp now = clock_.now();
    const Timestamp start = std::max({range.start, created, now - options_.retention});
    const Timestamp end = std::min(range.end, now + clock_skew);
    return start < end ? Minutes{minute_of(start), minute_of(end - Duration{1})} : Minutes{};
}

Result<Timestamp> DynamoStore::created() {
    const auto meta = read_meta(db_, options_.events_table);
    if (!meta) return fail(meta.error());
    return *meta ? (*meta)->created : created_.load();
}

Result<void> DynamoStore::each_page(aws::QueryRequest request,
                                    const std::function<Result<bool>(std::vector<aws::Item>)>& visit) {
    request.consistent = true;
    do {
        auto page = db_.query(request);
        if (!page) return fail(std::move(page).error());
        request.start = std::move(page->next);
        const Result<bool> more = visit(std::move(page->items));
        if (!more) return fail(more.error());
        if (!*more) break;
    } while (request.start);
    return {};
}

Result<void> DynamoStore::each_delta_item(
    Minutes minutes, const std::vector<std::string>& attributes,
    const std::function<Result<void>(const aws::Item&, std::int64_t)>& visit) {
    const Timestamp now = clock_.now();
    const auto found = with_items(minutes);
    if (!found) return fail(found.error());
    std::mutex mutex;  // guards what `visit` writes to, and the error
    std::optional<Error> error;
    crew_.for_each(found->size(), [&](std::size_t i) {
        const std::int64_t minute = (*found)[i];
        const auto read = each_page({.table = options_.events_table,
                                     .partition_key = delta_partition(minute),
                                     .attributes = attributes},
                                    [&](std::vector<aws::Item> items) -> Result<bool> {
                                        const std::scoped_lock lock(mutex);
                                        if (error) return false;
                                        for (const aws::Item& item : items) {
                                            if (is_expired(item, now)) continue;
                                            if (auto visited = visit(item, minute); !visited)
                                                return fail(visited.error());
                                        }
                                        return true;
                                    });
        if (read) return;
        const std::scoped_lock lock(mutex);
        if (!error) error = read.error();
    });
    if (error) return fail(*std::move(error));
    return {};
}

Result<PaneDeltas> DynamoStore::read_deltas(TimeRange range) {
    PaneDeltas sums;
    const auto read =
        each_delta_item(minutes_of_events(range), {}, [&](const aws::Item& item, std::int64_t minute) {
            return each_delta(item, minute, [&](const DeltaEntry& entry) {
                if (!range.contains(entry.pane)) return;
                PaneDelta& sum = sums[entry.pane];
                if (entry.late)
                    sum.late += entry.count;
                else
                    sum.counts[Key(entry.key)] += entry.count;
            });
        });
    if (!read) return fail(read.error());
    return sums;
}

Result<WindowCounts> DynamoStore::window_counts(TimeRange range) {
    return guarded([&]() -> Result<WindowCounts> {
        if (auto checked = check_window_range(range, options_.identity.window.pane); !checked)
            return fail(std::move(checked).error());
        WindowCounts sum;
        sum.as_of = epoch_ms(clock_.now());
        const auto read =
            each_delta_item(minutes_of_events(range), {}, [&](const aws::Item& item, std::int64_t minute) {
                return each_delta(item, minute, [&](const DeltaEntry& entry) {
                    if (!range.contains(entry.pane)) return;
                    if (entry.late) {
                        sum.late += entry.count;
                        return;
                    }
                    sum.counts[Key(entry.key)] += entry.count;
                    sum.total += entry.count;
                });
            });
        if (!read) return fail(read.error());
        return sum;
    });
}

Result<std::vector<PaneCount>> DynamoStore::panes(TimeRange range) {
    return guarded([&]() -> Result<std::vector<PaneCount>> {
        if (auto checked = check_panes_range(range, options_.identity.window.pane); !checked)
            return fail(std::move(checked).error());
        const auto deltas = read_deltas(range);
        if (!deltas) return fail(deltas.error());
        std::vector<PaneCount> found;
        for (const auto& [pane, delta] : *deltas)
            for (const auto& [key, count] : delta.counts)
                found.push_back({pane, key, count});
        return found;
    });
}

Result<Ledger> DynamoStore::ledger() {
    return guarded([&]() -> Result<Ledger> {
        const auto since = created();
        if (!since) return fail(since.error());
        Ledger sum;
        const auto read =
            each_delta_item(minutes_of_receipt({min_timestamp, max_timestamp}, *since),
                            {"received", "stored", "duplicates", "rejected", "late", "expires"},
                            [&](const aws::Item& item, std::int64_t /*minute*/) -> Result<void> {
                                add_to_ledger(sum, item);
                                return {};
                            });
        if (!read) return fail(read.error());
        return sum;
    });
}

}  // namespace weir::dynamo

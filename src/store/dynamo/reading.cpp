#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "codec/stored_lines.h"
#include "store/checks.h"
#include "store/dynamo/batch_items.h"
#include "store/dynamo/delta_items.h"
#include "store/dynamo/engine.h"
#include "store/dynamo/keys.h"
#include "store/dynamo/parts.h"
#include "store/dynamo/prefetch.h"
#include "store/dynamo/raw_items.h"

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

// Goes through the partitions of the raw events in order. The first pages of as many partitions as there are
// connections are asked for at once; a partition's further pages when their turn comes, so that memory stays
// within so many megabytes.
class DynamoStore::Scan {
  public:
    Scan(DynamoStore& store, const ScanRequest& request, const EventVisitor& visitor)
        : store_(store),
          request_(request),
          visitor_(visitor),
          now_(store.clock_.now()),
          from_(request.after.value_or(ScanCursor{})),
          reader_(store.options_.identity.group_by) {}

    Result<ScanEnd> run(Timestamp created) {
        end_.as_of = epoch_ms(now_);
        const Timestamp oldest = created - store_.options_.retention;
        const Minutes minutes =
            store_.minutes_of_events({std::max(request_.range.start, oldest), request_.range.end});
        if (minutes.count() == 0) return end_;
        const auto found = store_.with_items(minutes);
        if (!found) return fail(found.error());
        const std::uint64_t shards = store_.options_.shards;
        std::vector<std::uint64_t> positions;
        for (const std::int64_t minute : *found)
            for (std::uint64_t shard = 0; shard < shards; ++shard)
                if (const std::uint64_t at = static_cast<std::uint64_t>(minute) * shards + shard;
                    at >= from_.position)
                    positions.push_back(at);
        for (std::span<const std::uint64_t> rest = positions; !rest.empty();) {
            const auto next = rest.first(std::min(rest.size(), prefetch_.step()));
            const auto more = read_partitions(next);
            if (!more) return fail(more.error());
            if (!*more) break;
            rest = rest.subspan(next.size());
        }
        return end_;
    }

  private:
    aws::QueryRequest query(std::uint64_t position) const {
        const std::uint64_t shards = store_.options_.shards;
        return {.table = store_.options_.events_table,
                .partition_key = raw_partition(static_cast<std::int64_t>(position / shards),
                                               static_cast<unsigned>(position % shards))};
    }
    Result<bool> read_partitions(std::span<const std::uint64_t> positions);
    Result<bool> read_items(std::vector<aws::Item> items);
    Result<bool> read_item(const aws::Item& item);

    DynamoStore& store_;
    const ScanRequest& request_;
    const EventVisitor& visitor_;
    const Timestamp now_;
    const ScanCursor from_;
    StoredLineReader reader_;
    Prefetch prefetch_{store_.options_.connections};
    PartJoiner joiner_{std::string(block_attribute)};
    ScanCursor at_;  // the next event
    ScanEnd end_;
};

// False: the visitor stopped the scan.
Result<bool> DynamoStore::Scan::read_partitions(std::span<const std::uint64_t> positions) {
    std::vector<Result<aws::QueryPage>> pages(positions.size());
    store_.crew_.for_each(pages.size(),
                          [&](std::size_t i) { pages[i] = store_.db_.query(query(positions[i])); });
    prefetch_.round_done(std::any_of(pages.begin(), pages.end(),
                                     [](const auto& page) { return page && !page->items.empty(); }));
    for (std::size_t i = 0; i < pages.size(); ++i) {
        if (!pages[i]) return fail(std::move(pages[i]).error());
        at_ = {positions[i], 0};
        joiner_ = PartJoiner(std::string(block_attribute));
        auto more = read_items(std::move(pages[i]->items));
        if (more && *more && pages[i]->next) {
            aws::QueryRequest rest = query(positions[i]);
            rest.start = std::move(pages[i]->next);
            const auto read = store_.each_page(std::move(rest), [&](std::vector<aws::Item> items) {
                more = read_items(std::move(items));
                return more;
            });
            if (!read) return fail(read.error());
        }
        if (!more || !*more) return more;
    }
    return true;
}

Result<bool> DynamoStore::Scan::read_items(std::vector<aws::Item> items) {
    for (aws::Item& item : items) {
        auto whole = joiner_.add(std::move(item));
        if (!whole) continue;
        const std::uint64_t events = events_in(*whole);
        const bool passed = at_.position == from_.position && at_.line + events <= from_.line;
        if (passed || is_expired(*whole, now_)) {
            at_.line += events;
            continue;
        }
        if (auto more = read_item(*whole); !more || !*more) return more;
    }
    return true;
}

Result<bool> DynamoStore::Scan::read_item(const aws::Item& item) {
    std::optional<Error> error;
    const auto read = each_line(item, [&](const RawLine& line) {
        const bool passed = at_.position == from_.position && at_.line < from_.line;
        if (!passed) {
            const auto event = reader_.read(line.format, line.csv_header, line.line);
            if (!event) {
                error = event.error();
                return false;
            }
            if (request_.range.contains(event->ts) && visitor_(*event) == Visit::stop) {
                end_.next = at_;
                return false;
            }
        }
        ++at_.line;
        return true;
    });
    if (!read) return fail(read.error());
    if (error) return fail(*std::move(error));
    return !end_.next.has_value();
}

Result<ScanEnd> DynamoStore::scan(const ScanRequest& request, const EventVisitor& visitor) {
    return guarded([&]() -> Result<ScanEnd> {
        const auto since = created();
        if (!since) return fail(since.error());
        return Scan(*this, request, visitor).run(*since);
    });
}

}  // namespace weir::dynamo

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "store/dynamo/batch_items.h"
#include "store/dynamo/engine.h"
#include "store/dynamo/keys.h"
#include "store/dynamo/raw_items.h"
#include "store/dynamo/row_items.h"

namespace weir::dynamo {
namespace {

// The panes that begin in a minute.
std::vector<Timestamp> panes_of(std::int64_t minute, Duration pane) {
    std::vector<Timestamp> panes;
    for (Timestamp t = align_up(start_of(minute), pane); t < start_of(minute + 1); t += pane)
        panes.push_back(t);
    return panes;
}

}  // namespace

// A row that was not split is one item; of a split one the parts lie in a partition of their own.
Result<AggregateRow> DynamoStore::whole_row(const aws::Item& item) {
    auto row = row_of(item);
    if (!row) return row;
    const std::int64_t expected = aws::number_of(item, "parts");
    if (expected == 0) return row;
    const std::string prefix = part_prefix(item);
    std::int64_t found = 0;
    const auto read = each_page({.table = options_.aggregates_table,
                                 .partition_key = part_partition(aws::text_of(item, "pk")),
                                 .sort_from = prefix + "000",
                                 .sort_to = fmt::format("{}{:03}", prefix, expected - 1)},
                                [&](std::vector<aws::Item> parts) -> Result<bool> {
                                    for (const aws::Item& part : parts) {
                                        ++found;
                                        if (auto added = add_counts(part, row->counts); !added)
                                            return fail(std::move(added).error());
                                    }
                                    return true;
                                });
    if (!read) return fail(read.error());
    if (found != expected)
        return item_unreadable(item, fmt::format("{} of its {} parts are there", found, expected));
    return row;
}

Result<std::optional<AggregateRow>> DynamoStore::newest_row(const std::string& partition) {
    auto page = db_.query(
        {.table = options_.aggregates_table, .partition_key = partition, .descending = true, .limit = 1});
    if (!page) return fail(std::move(page).error());
    if (page->items.empty() || is_expired(page->items.front(), clock_.now()))
        return std::optional<AggregateRow>{};
    auto row = whole_row(page->items.front());
    if (!row) return fail(std::move(row).error());
    return std::optional<AggregateRow>{*std::move(row)};
}

Result<std::optional<AggregateRow>> DynamoStore::row_at(Timestamp window_end) {
    return guarded([&]() -> Result<std::optional<AggregateRow>> {
        auto item =
            db_.get(options_.aggregates_table, key_part(options_.identity.view), format_rfc3339(window_end));
        if (!item) return fail(std::move(item).error());
        if (!*item || is_expired(**item, clock_.now())) return std::optional<AggregateRow>{};
        auto row = whole_row(**item);
        if (!row) return fail(std::move(row).error());
        return std::optional<AggregateRow>{*std::move(row)};
    });
}

Result<std::optional<AggregateRow>> DynamoStore::row_of_run(const std::string& run_id) {
    return guarded([&] { return newest_row(run_partition(run_id)); });
}

Result<std::optional<AggregateRow>> DynamoStore::latest_row() {
    return guarded([&] { return newest_row(key_part(options_.identity.view)); });
}

Result<std::vector<AggregateRow>> DynamoStore::rows(TimeRange window_ends, std::size_t limit) {
    return guarded([&]() -> Result<std::vector<AggregateRow>> {
        std::vector<AggregateRow> found;
        if (window_ends.start >= window_ends.end || limit == 0) return found;
        const Timestamp now = clock_.now();
        const auto read = each_page({.table = options_.aggregates_table,
                                     .partition_key = key_part(options_.identity.view),
                                     .sort_from = format_rfc3339(window_ends.start),
                                     .sort_to = format_rfc3339(window_ends.end - Duration{1}),
                                     .limit = limit},
                                    [&](std::vector<aws::Item> items) -> Result<bool> {
                                        for (const aws::Item& item : items) {
                                            if (is_expired(item, now)) continue;
                                            auto row = whole_row(item);
                                            if (!row) return fail(std::move(row).error());
                                            found.push_back(*std::move(row));
                                            if (found.size() == limit) return false;
                                        }
                                        return true;
                                    });
        if (!read) return fail(read.error());
        return found;
    });
}

Result<void> DynamoStore::put_row(const AggregateRow& row) {
    RowItems items = row_items(row, options_.retention);
    aws::EncodedItems parts;
    for (const aws::Item& part : items.parts)
        if (auto added = parts.add(part); !added) return added;
    if (auto put = db_.put_all(options_.aggregates_table, parts.all()); !put) return put;
    aws::Condition not_newer;
    not_newer.expression = "attribute_not_exists(pk) OR #as_of <= :as_of";
    not_newer.names = {{"#as_of", "as_of"}};
    not_newer.values = {{":as_of", items.row["as_of"]}};
    const auto put = db_.put(options_.aggregates_table, items.row, not_newer);
    if (!put) return fail(put.error());
    return {};
}

Result<void> DynamoStore::clear_minute(std::int64_t minute, std::uint64_t version) {
    aws::Condition not_moved;
    not_moved.expression = "#version = :version";
    not_moved.names = {{"#version", "version"}};
    not_moved.values = {{":version", aws::number(static_cast<std::int64_t>(version))}};
    const auto erased =
        db_.erase(options_.events_table, std::string(dirty_partition), format_minute(minute), not_moved);
    if (!erased) return fail(erased.error());
    return {};
}

// Rows first: a mark that is left over costs a count, a mark that is gone too early a wrong row.
Result<void> DynamoStore::put_rows(std::span<const AggregateRow> rows, std::span<const DirtyPane> cleared) {
    return guarded([&]() -> Result<void> {
        std::map<std::pair<std::int64_t, std::uint64_t>, std::set<Timestamp>> minutes;
        for (const DirtyPane& pane : cleared)
            minutes[{minute_of(pane.pane), pane.version}].insert(pane.pane);
        const Duration length = options_.identity.window.pane;
        std::erase_if(minutes, [&](const auto& minute) {
            return minute.second.size() < panes_of(minute.first.first, length).size();
        });
        std::vector<Result<void>> done(std::max(rows.size(), minutes.size()));
        crew_.for_each(rows.size(), [&](std::size_t i) { done[i] = put_row(rows[i]); });
        for (Result<void>& put : std::span(done).first(rows.size()))
            if (!put) return put;
        const std::vector<std::pair<std::pair<std::int64_t, std::uint64_t>, std::set<Timestamp>>> marks(
            minutes.begin(), minutes.end());
        crew_.for_each(marks.size(), [&](std::size_t i) {
            done[i] = clear_minute(marks[i].first.first, marks[i].first.second);
        });
        for (Result<void>& erased : std::span(done).first(marks.size()))
            if (!erased) return erased;
        return {};
    });
}

Result<std::vector<DirtyPane>> DynamoStore::dirty_panes() {
    return guarded([&]() -> Result<std::vector<DirtyPane>> {
        const Timestamp now = clock_.now();
        std::vector<DirtyPane> found;
        const auto read = each_page(
            {.table = options_.events_table, .partition_key = std::string(dirty_partition)},
            [&](std::vector<aws::Item> items) -> Result<bool> {
                for (const aws::Item& item : items) {
                    if (is_expired(item, now)) continue;
                    const auto minute = parse_rfc3339(aws::text_of(item, "sk") + ":00Z");
                    const std::int64_t version = aws::number_of(item, "version");
                    if (!minute || version == 0) return item_unreadable(item, "it is no mark of a minute");
                    for (const Timestamp pane : panes_of(minute_of(*minute), options_.identity.window.pane))
                        found.push_back({pane, static_cast<std::uint64_t>(version)});
                }
                return true;
            });
        if (!read) return fail(read.error());
        return found;
    });
}

}  // namespace weir::dynamo

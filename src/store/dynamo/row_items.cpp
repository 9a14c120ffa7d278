#include "store/dynamo/row_items.h"

#include <utility>

#include <fmt/format.h>

#include "aws/dynamodb.h"
#include "store/dynamo/keys.h"
#include "store/dynamo/raw_items.h"

namespace weir::dynamo {
namespace {

aws::Attribute unsigned_number(std::uint64_t value) {
    return aws::number(static_cast<std::int64_t>(value));
}

aws::Attribute time(Timestamp t) {
    return aws::text(format_rfc3339(t));
}

Result<Timestamp> time_of(const aws::Item& item, const std::string& name) {
    auto parsed = parse_rfc3339(aws::text_of(item, name));
    if (!parsed) return item_unreadable(item, fmt::format("{} is no time", name));
    return *parsed;
}

aws::Item head_of(const AggregateRow& row, Duration retention) {
    aws::Item item{
        {"pk", aws::text(row_partition(row))},  {"sk", time(row.window_end)},
        {"view", aws::text(row.view)},          {"window_start", time(row.window_start)},
        {"window_end", time(row.window_end)},   {"updated", time(row.window_end)},
        {"computed_at", time(row.computed_at)}, {"total", unsigned_number(row.total)},
        {"late", unsigned_number(row.late)},    {"revision", unsigned_number(row.revision)},
        {"as_of", unsigned_number(row.as_of)},  {"schema", aws::number(1)},
        {"final", aws::Attribute{row.final}},   {"expires", expires_at(row.window_end, retention)},
    };
    if (!row.run_id.empty()) item["run_id"] = aws::text(row.run_id);
    return item;
}

}  // namespace

std::string row_partition(const AggregateRow& row) {
    return row.run_id.empty() ? key_part(row.view) : run_partition(row.run_id);
}

std::string part_partition(const std::string& row_partition) {
    return row_partition + "#part";
}

std::string part_prefix(const aws::Item& item) {
    return fmt::format("{}#{}#", aws::text_of(item, "sk"), aws::number_of(item, "as_of"));
}

RowItems row_items(const AggregateRow& row, Duration retention, std::size_t max_bytes) {
    RowItems items;
    items.row = head_of(row, retention);
    constexpr std::size_t spare = 64;  // the map itself, and `parts`
    const std::size_t row_head = aws::item_bytes(items.row) + spare;
    const std::string prefix = part_prefix(items.row);
    aws::AttributeMap counts;
    std::size_t bytes = row_head;
    const auto end_piece = [&] {
        if (!items.row.contains("counts")) {
            items.row["counts"] = {std::exchange(counts, {})};
        } else {
            aws::Item part{{"pk", aws::text(part_partition(row_partition(row)))},
                           {"sk", aws::text(fmt::format("{}{:03}", prefix, items.parts.size()))},
                           {"counts", {std::exchange(counts, {})}},
                           {"expires", items.row["expires"]}};
            items.parts.push_back(std::move(part));
        }
        bytes = row_head;
    };
    for (const auto& [key, count] : row.counts) {
        constexpr std::size_t most_number_bytes = 12, map_entry = 1;
        const std::size_t added = key.size() + most_number_bytes + map_entry;
        if (bytes + added > max_bytes && !counts.empty()) end_piece();
        counts[key] = unsigned_number(count);
        bytes += added;
    }
    if (!counts.empty() || !items.row.contains("counts")) end_piece();
    if (!items.parts.empty()) items.row["parts"] = aws::number(static_cast<std::int64_t>(items.parts.size()));
    return items;
}

Result<AggregateRow> row_of(const aws::Item& item) {
    AggregateRow row;
    if (const auto schema = aws::number_of(item, "schema"); schema != 1)
        return fail(ErrorCode::unsupported, "store-newer",
                    fmt::format("the row {} / {} has schema {}, and this weir reads 1",
                                aws::text_of(item, "pk"), aws::text_of(item, "sk"), schema),
                    "use the version of weir that wrote it, or a newer one");
    for (const auto& [name, target] :
         {std::pair{"window_start", &row.window_start}, std::pair{"window_end", &row.window_end},
          std::pair{"computed_at", &row.computed_at}}) {
        const auto time = time_of(item, name);
        if (!time) return fail(time.error());
        *target = *time;
    }
    const auto number = [&](const char* name) {
        return static_cast<std::uint64_t>(aws::number_of(item, name));
    };
    row.view = aws::text_of(item, "view");
    row.run_id = aws::text_of(item, "run_id");
    row.total = number("total");
    row.late = number("late");
    row.revision = number("revision");
    row.as_of = number("as_of");
    const auto final = item.find("final");
    const auto* is_final = final == item.end() ? nullptr : std::get_if<bool>(&final->second.value);
    if (is_final == nullptr) return item_unreadable(item, "final is no boolean");
    row.final = *is_final;
    if (auto added = add_counts(item, row.counts); !added) return fail(added.error());
    return row;
}

Result<void> add_counts(const aws::Item& item, KeyCounts& counts) {
    const auto found = item.find("counts");
    const auto* map = found == item.end() ? nullptr : std::get_if<aws::AttributeMap>(&found->second.value);
    if (map == nullptr) return item_unreadable(item, "counts is no map");
    for (const auto& [key, value] : *map) {
        const auto count = aws::number_of(*map, key, -1);
        if (count < 0) return item_unreadable(item, fmt::format("the count of {} is no number", key));
        if (count > 0) counts[key] += static_cast<std::uint64_t>(count);
    }
    return {};
}

}  // namespace weir::dynamo

#include "store/dynamo/meta.h"

#include <utility>

#include <fmt/format.h>

#include "store/dynamo/raw_items.h"

namespace weir::dynamo {
namespace {

constexpr int max_attempts = 10;  // against other writers that do the same

const std::string meta_key = "META";

aws::Item item_of(const Meta& meta) {
    const WindowSpec& window = meta.identity.window;
    return {{"pk", aws::text(meta_key)},
            {"sk", aws::text(meta_key)},
            {"format", aws::number(format_version)},
            {"group_by", aws::text(meta.identity.group_by)},
            {"view", aws::text(meta.identity.view)},
            {"size", aws::number(window.size.count())},
            {"pane", aws::number(window.pane.count())},
            {"slide", aws::number(window.slide.count())},
            {"lateness", aws::number(window.lateness.count())},
            {"shards", aws::number(meta.shards)},
            {"retention", aws::number(meta.retention.count())},
            {"created", aws::text(format_rfc3339(meta.created))}};
}

Result<Meta> meta_of(const aws::Item& item) {
    const std::int64_t format = aws::number_of(item, "format");
    if (format > format_version)
        return fail(ErrorCode::unsupported, "store-newer",
                    fmt::format("the table has format {}, and this weir reads {}", format, format_version),
                    "use the version of weir that made it, or a newer one");
    Meta meta;
    meta.identity.group_by = aws::text_of(item, "group_by");
    meta.identity.view = aws::text_of(item, "view");
    WindowSpec& window = meta.identity.window;
    window.size = Duration{aws::number_of(item, "size")};
    window.pane = Duration{aws::number_of(item, "pane")};
    window.slide = Duration{aws::number_of(item, "slide")};
    window.lateness = Duration{aws::number_of(item, "lateness", -1)};
    const std::int64_t shards = aws::number_of(item, "shards");
    meta.retention = Duration{aws::number_of(item, "retention")};
    const auto created = parse_rfc3339(aws::text_of(item, "created"));
    if (!created) return item_unreadable(item, "created is no time");
    meta.created = *created;
    if (format != format_version || !validate(window) || shards < 1 || shards > max_shards ||
        meta.retention <= Duration{0} || meta.identity.view.empty() || meta.identity.group_by.empty())
        return item_unreadable(item, "its values make no sense");
    meta.shards = static_cast<unsigned>(shards);
    return meta;
}

std::string describe(const StoreIdentity& identity, unsigned shards) {
    const WindowSpec& window = identity.window;
    return fmt::format("group-by {}, view {}, windows of {} every {}, panes of {}, lateness {}, {} shards",
                       identity.group_by, identity.view, format_duration(window.size),
                       format_duration(window.slide), format_duration(window.pane),
                       format_duration(window.lateness), shards);
}

Result<void> check_identity(const Meta& meta, const DynamoOptions& options) {
    const StoreIdentity& wanted = options.identity;
    if (meta.identity.group_by == wanted.group_by && meta.identity.view == wanted.view &&
        meta.identity.window == wanted.window && meta.shards == options.shards)
        return {};
    return fail(ErrorCode::conflict, "store-identity",
                fmt::format("the table {} was made for {}; this is configured for {}", options.events_table,
                            describe(meta.identity, meta.shards), describe(wanted, options.shards)),
                "configure it as the table was made, or use new tables");
}

// Reads META, has it altered, and writes it unless somebody else did meanwhile: then all over again.
template <typename Alter>
Result<Meta> alter_meta(aws::DynamoDb& db, const DynamoOptions& options, const Alter& alter) {
    for (int attempt = 0; attempt < max_attempts; ++attempt) {
        auto read = read_meta(db, options.events_table);
        if (!read) return fail(std::move(read).error());
        std::optional<Meta> meta = *read;
        aws::Condition condition;
        if (meta) {
            condition.expression = "#created = :created AND #retention = :retention";
            condition.names = {{"#created", "created"}, {"#retention", "retention"}};
            condition.values = {{":created", aws::text(format_rfc3339(meta->created))},
                                {":retention", aws::number(meta->retention.count())}};
        } else {
            condition.expression = "attribute_not_exists(pk)";
        }
        const Result<bool> changed = alter(meta);
        if (!changed) return fail(changed.error());
        if (!*changed) return *meta;
        const auto put = db.put(options.events_table, item_of(*meta), condition);
        if (!put) return fail(put.error());
        if (put->written) return *meta;
    }
    return fail(ErrorCode::unavailable, "store-busy",
                fmt::format("the META item of {} was altered by others {} times in a row",
                            options.events_table, max_attempts),
                "try again");
}

}  // namespace

Result<std::optional<Meta>> read_meta(aws::DynamoDb& db, const std::string& events_table) {
    const auto item = db.get(events_table, meta_key, meta_key);
    if (!item) {
        Error error = item.error();
        if (error.code == ErrorCode::not_found)
            error.hint =
                fmt::format("the table is {}: {}", events_table, error.hint);  // which names the region
        return fail(std::move(error));
    }
    if (!*item) return std::optional<Meta>{};
    auto meta = meta_of(**item);
    if (!meta) return fail(std::move(meta).error());
    return std::optional<Meta>{std::move(*meta)};
}

Result<Meta> open_meta(aws::DynamoDb& db, const DynamoOptions& options, Timestamp now) {
    return alter_meta(db, options, [&](std::optional<Meta>& meta) -> Result<bool> {
        if (!meta) {
            meta = Meta{options.identity, options.shards, options.retention, now};
            return true;
        }
        if (auto checked = check_identity(*meta, options); !checked) return fail(checked.error());
        return std::exchange(meta->retention, options.retention) != options.retention;
    });
}

Result<void> move_created_back(aws::DynamoDb& db, const DynamoOptions& options, Timestamp received_at) {
    const auto moved = alter_meta(db, options, [&](std::optional<Meta>& meta) -> Result<bool> {
        if (!meta)  // somebody emptied the table
            meta = Meta{options.identity, options.shards, options.retention, received_at};
        else if (meta->created <= received_at)
            return false;
        meta->created = received_at;
        return true;
    });
    if (!moved) return fail(moved.error());
    return {};
}

}  // namespace weir::dynamo

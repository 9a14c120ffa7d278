#include "store/dynamo_store.h"

#include <utility>

#include <fmt/format.h>

#include "store/dynamo/engine.h"

namespace weir {

using dynamo::DynamoStore;
using dynamo::Meta;

Result<std::unique_ptr<Store>> open_dynamo_store(aws::DynamoDb& db, DynamoOptions options,
                                                 const Clock& clock) {
    return dynamo::guarded([&]() -> Result<std::unique_ptr<Store>> {
        if (options.shards < 1 || options.shards > max_shards)
            return fail(ErrorCode::usage, "shards-invalid",
                        fmt::format("the events cannot be spread over {} shards", options.shards),
                        fmt::format("give a number from 1 to {}", max_shards));
        if (auto valid = validate(options.identity.window); !valid) return fail(std::move(valid).error());
        const auto meta = dynamo::open_meta(db, options, clock.now());
        if (!meta) return fail(meta.error());
        return std::make_unique<DynamoStore>(db, std::move(options), clock, meta->created);
    });
}

Result<DynamoReader> open_dynamo_reader(aws::DynamoDb& db, std::string events_table,
                                        std::string aggregates_table, const Clock& clock) {
    return dynamo::guarded([&]() -> Result<DynamoReader> {
        const auto meta = dynamo::read_meta(db, events_table);
        if (!meta) return fail(meta.error());
        if (!*meta)
            return fail(
                ErrorCode::not_found, "store-empty",
                fmt::format("the table {} holds nothing of weir's: no event was ever stored in it",
                            events_table),
                "send something first (weir stream FILE --to sqs://QUEUE), or check the table's name");
        // Whoever may not describe tables finds out when it is read.
        if (auto there = db.check_table(aggregates_table);
            !there && there.error().code == ErrorCode::not_found) {
            Error error = there.error();
            error.hint = fmt::format("check the name ({}), the region and the account", aggregates_table);
            return fail(std::move(error));
        }
        const Meta& found = **meta;
        DynamoOptions options;
        options.events_table = std::move(events_table);
        options.aggregates_table = std::move(aggregates_table);
        options.identity = found.identity;
        options.shards = found.shards;
        options.retention = found.retention;
        DynamoReader reader;
        reader.identity = found.identity;
        reader.shards = found.shards;
        reader.retention = found.retention;
        reader.store = std::make_unique<DynamoStore>(db, std::move(options), clock, found.created);
        return reader;
    });
}

}  // namespace weir

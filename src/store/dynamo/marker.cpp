#include "store/dynamo/marker.h"

#include "store/checks.h"
#include "store/dynamo/keys.h"
#include "store/dynamo/raw_items.h"

namespace weir::dynamo {

Result<Marked> mark_batch(aws::DynamoDb& db, const std::string& events_table, const Batch& batch,
                          Duration retention, Timestamp now) {
    const std::string partition = marker_partition(batch.batch_id);
    const std::string content = to_hex(batch.content);
    const aws::Item marker{{"pk", aws::text(partition)},
                           {"sk", aws::text("B")},
                           {"content", aws::text(content)},
                           {"received_at", aws::text(format_rfc3339(batch.received_at))},
                           {"expires", expires_at(batch.received_at, retention)}};
    aws::Condition unless_there;
    unless_there.expression = "attribute_not_exists(pk) OR #expires <= :now";
    unless_there.names = {{"#expires", "expires"}};
    unless_there.values = {{":now", aws::number(to_ms(now) / 1000)}};
    auto put = db.put(events_table, marker, unless_there);
    if (!put) return fail(std::move(put).error());
    if (put->written) return Marked{batch.received_at, false};
    if (!put->existing) {
        auto found = db.get(events_table, partition, "B");
        if (!found) return fail(std::move(found).error());
        put->existing = *std::move(found);
    }
    if (!put->existing)
        return fail(ErrorCode::unavailable, "marker-gone",
                    "the marker of batch '" + batch.batch_id + "' was there and is gone",
                    "it was just deleted, by its time to live or by another program: try again");
    if (aws::text_of(*put->existing, "content") != content) return batch_conflict(batch.batch_id);
    const auto received_at = parse_rfc3339(aws::text_of(*put->existing, "received_at"));
    if (!received_at) return item_unreadable(*put->existing, "received_at is no time");
    return Marked{*received_at, true};
}

}  // namespace weir::dynamo

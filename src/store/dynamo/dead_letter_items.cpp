#include "store/dynamo/dead_letter_items.h"

#include <limits>
#include <utility>

#include "codec/compression.h"
#include "store/dynamo/keys.h"
#include "store/dynamo/parts.h"
#include "store/dynamo/raw_items.h"

namespace weir::dynamo {
namespace {

constexpr std::size_t compressed_from = 4096;  // bytes of a line

}  // namespace

std::vector<aws::Item> dead_letter_items(const Batch& batch, Timestamp received_at, Duration retention) {
    std::vector<aws::Item> items;
    const std::string partition = dead_letter_partition(minute_of(received_at));
    const std::string received = format_rfc3339(received_at);
    for (const DeadLetter& letter : batch.rejected) {
        const std::uint64_t id = dead_letter_id(received_at, batch.batch_id, letter.line);
        aws::Item item{
            {"pk", aws::text(partition)},
            {"sk", aws::text(dead_letter_sort_key(id, batch.batch_id, letter.line))},
            {"received_at", aws::text(received)},
            {"batch", aws::text(batch.batch_id)},
            {"source", aws::text(letter.source)},
            {"line", aws::number(static_cast<std::int64_t>(letter.line))},
            {"reason", aws::text(std::string(code_of(letter.reason)))},
            {"message", aws::text(letter.message)},
            {"expires", expires_at(received_at, retention)},
        };
        std::string packed;
        if (letter.bytes.size() > compressed_from) packed = zstd_compress(letter.bytes);
        const bool pays = !packed.empty() && packed.size() < letter.bytes.size();
        for (aws::Item& part : with_bytes(std::move(item), std::string(pays ? letter_zstd : letter_bytes),
                                          pays ? std::move(packed) : letter.bytes))
            items.push_back(std::move(part));
    }
    return items;
}

Result<DeadLetter> dead_letter_of(const aws::Item& item) {
    DeadLetter letter;
    const auto received_at = parse_rfc3339(aws::text_of(item, "received_at"));
    if (!received_at) return item_unreadable(item, "received_at is no time");
    const auto reason = reject_reason_from(aws::text_of(item, "reason"));
    if (!reason) return item_unreadable(item, "its reason is unknown");
    letter.received_at = *received_at;
    letter.batch_id = aws::text_of(item, "batch");
    letter.source = aws::text_of(item, "source");
    letter.line = static_cast<std::uint64_t>(aws::number_of(item, "line"));
    letter.reason = *reason;
    letter.message = aws::text_of(item, "message");
    letter.id = dead_letter_id(letter.received_at, letter.batch_id, letter.line);
    if (!item.contains(letter_zstd)) {
        letter.bytes = aws::bytes_of(item, letter_bytes);
        return letter;
    }
    const DecompressionLimits limits{64_MiB, std::numeric_limits<std::uint64_t>::max(), 64_MiB};
    auto bytes = zstd_decompress(aws::bytes_of(item, letter_zstd), limits);
    if (!bytes) return item_unreadable(item, bytes.error().message);
    letter.bytes = *std::move(bytes);
    return letter;
}

}  // namespace weir::dynamo

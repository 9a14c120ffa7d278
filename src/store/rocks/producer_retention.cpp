#include "store/rocks/producer_retention.h"

#include "store/rocks/errors.h"

namespace weir::rocks {

ProducerRetention::ProducerRetention(Timestamp oldest, ProducerIndex::Reader reader,
                                     ProducerIndex::Writer writer)
    : oldest_(oldest), reader_(std::move(reader)), writer_(std::move(writer)) {}

Result<void> ProducerRetention::visit(std::string_view key, std::string_view value) {
    const auto parts = decode_producer_key(key);
    const auto newest = newest_of_record(value);
    if (!parts || !newest) return corrupt_record("record of a producer", key);
    if (!parts->chunk) {
        if (auto begun = begin(parts->prefix, value); !begun) return begun;
        if (*newest >= oldest_ || head_.first == head_.end) return {};
        head_.first = head_.end = 0;
        changed_ = true;
        return {};
    }
    if (*newest >= oldest_) return {};
    if (parts->prefix != prefix_)
        if (auto begun = begin(parts->prefix, std::nullopt); !begun) return begun;
    if (head_.chunks == 0) return corrupt_record("chunk of sequences", *parts->chunk);
    writer_(key, std::nullopt);
    --head_.chunks;
    changed_ = true;
    return {};
}

void ProducerRetention::finish() {
    if (changed_) writer_(head_key(prefix_), head_.empty() ? std::nullopt : std::optional(encode(head_)));
    changed_ = false;
    prefix_.clear();
}

Result<void> ProducerRetention::begin(std::string_view prefix, std::optional<std::string_view> head) {
    finish();
    std::optional<std::string> read;
    if (!head) {
        auto found = reader_(head_key(prefix));
        if (!found) return fail(found.error());
        read = std::move(*found);
        if (!read) return corrupt_record("producer without a head", prefix);
        head = *read;
    }
    const auto decoded = decode_head(*head);
    if (!decoded) return corrupt_record("producer", prefix);
    prefix_ = prefix;
    head_ = *decoded;
    return {};
}

}  // namespace weir::rocks

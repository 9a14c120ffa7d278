#include "store/dynamo/raw_items.h"

#include <limits>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "aws/dynamodb.h"
#include "codec/compression.h"
#include "codec/csv_reader.h"
#include "codec/stored_lines.h"
#include "store/dynamo/keys.h"
#include "store/dynamo/parts.h"

namespace weir::dynamo {
namespace {

// Between what a write unit costs and what the CPU to save it does: docs/decisions.md.
constexpr int block_zstd_level = 5;

class RawWriter {
  public:
    RawWriter(const Batch& batch, const EventIds& ids, const DynamoOptions& options, aws::EncodedItems& to)
        : batch_(batch),
          ids_(ids),
          options_(options),
          items_(to),
          batch_part_(key_part(batch.batch_id)),
          shard_(shard_of(batch.batch_id, options.shards)),
          reader_(options.identity.group_by) {}

    void reserve_rows(std::size_t count);
    // False: too large for an item.
    Result<bool> add_row(std::uint32_t index);
    Result<void> add_blocks(std::span<const std::uint32_t> indices);

  private:
    Result<void> add_block(std::int64_t minute, unsigned number, std::span<const std::uint32_t> indices);
    const std::string& partition(std::int64_t minute);
    const std::string& row_sort_key(Timestamp ts, std::string_view id);

    const Batch& batch_;
    const EventIds& ids_;
    const DynamoOptions& options_;
    aws::EncodedItems& items_;
    const std::string batch_part_;
    const unsigned shard_;
    StoredLineReader reader_;
    std::optional<std::int64_t> minute_;  // whose partition this is
    std::string partition_;
    std::string sort_key_;
};

const std::string& RawWriter::partition(std::int64_t minute) {
    if (minute_ != minute) partition_ = raw_partition(minute, shard_);
    minute_ = minute;
    return partition_;
}

const std::string& RawWriter::row_sort_key(Timestamp ts, std::string_view id) {
    sort_key_.clear();
    append_rfc3339(sort_key_, ts);
    sort_key_ += '#';
    append_key_part(sort_key_, id);
    sort_key_.append("#").append(batch_part_);
    return sort_key_;
}

void RawWriter::reserve_rows(std::size_t count) {
    constexpr std::size_t keys_and_names = 256;
    items_.reserve(count, batch_.text.size() * 5 / 4 + count * keys_and_names);
}

Result<bool> RawWriter::add_row(std::uint32_t index) {
    const EventRecord& event = batch_.events[index];
    std::string_view line = batch_.line(event);
    if (batch_.format == LineFormat::csv) {
        const auto read = reader_.read(batch_.format, batch_.csv_header, line);
        if (!read) return fail(read.error());
        line = read->line;
    }
    const std::string& pk = partition(minute_of(event.ts));
    const std::string& sk = row_sort_key(event.ts, ids_[index]);
    aws::ItemWriter row(items_);
    row.text("pk", pk);
    row.text("sk", sk);
    row.text("line", line);
    row.text("key", batch_.keys[event.key]);
    row.number("expires", expiry_seconds(event.ts, options_.retention));
    if (row.bytes() > aws::max_item_bytes) return false;
    if (auto ended = row.end(); !ended) return fail(std::move(ended).error());
    return true;
}

Result<void> RawWriter::add_blocks(std::span<const std::uint32_t> indices) {
    std::map<std::int64_t, std::vector<std::uint32_t>> by_minute;
    for (const std::uint32_t index : indices)
        by_minute[minute_of(batch_.events[index].ts)].push_back(index);
    for (const auto& [minute, events] : by_minute) {
        unsigned number = 0;
        std::size_t begin = 0, bytes = 0;
        for (std::size_t i = 0; i < events.size(); ++i) {
            const std::size_t line = batch_.events[events[i]].length;
            if (i > begin && bytes + line > block_text_bytes) {
                if (auto added = add_block(minute, number++, std::span(events).subspan(begin, i - begin));
                    !added)
                    return added;
                begin = i;
                bytes = 0;
            }
            bytes += line;
        }
        if (auto added = add_block(minute, number, std::span(events).subspan(begin)); !added) return added;
    }
    return {};
}

Result<void> RawWriter::add_block(std::int64_t minute, unsigned number,
                                  std::span<const std::uint32_t> indices) {
    const bool csv = batch_.format == LineFormat::csv;
    const std::string_view line_end = csv ? "\r\n" : "\n";
    std::string text;
    if (csv) text.append(batch_.csv_header).append(line_end);
    for (const std::uint32_t index : indices)
        text.append(batch_.line(batch_.events[index])).append(line_end);
    aws::Item block;
    block["pk"] = aws::text(partition(minute));
    block["sk"] = aws::text(fmt::format("~{}#{:04}", batch_part_, number));
    block["format"] = aws::text(csv ? "csv" : "ndjson");
    block["events"] = aws::number(static_cast<std::int64_t>(indices.size()));
    block["expires"] = minute_expires_at(minute, options_.retention);
    for (const aws::Item& part :
         with_bytes(std::move(block), std::string(block_attribute), zstd_compress(text, block_zstd_level)))
        if (auto added = items_.add(part); !added) return added;
    return {};
}

void append_id(std::string& to, const ProducerId& producer, std::uint64_t sequence) {
    const fmt::format_int digits(sequence);
    to.append(producer.run).append("-");
    if (digits.size() < producer.width) to.append(producer.width - digits.size(), '0');
    to.append(digits.data(), digits.size());
}

// Visits the lines that each end in LF, or as records of RFC 4180 with the header before them.
Result<std::uint64_t> visit_ndjson(const aws::Item& item, std::string_view text,
                                   const std::function<bool(const RawLine&)>& visitor) {
    std::uint64_t lines = 0;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) return item_unreadable(item, "its last line has no end");
        ++lines;
        if (!visitor({LineFormat::ndjson, {}, text.substr(0, end)})) break;
        text.remove_prefix(end + 1);
    }
    return lines;
}

Result<std::uint64_t> visit_csv(const aws::Item& item, std::string_view text,
                                const std::function<bool(const RawLine&)>& visitor) {
    CsvReader reader(text, /*last=*/true, 1, /*at_start=*/false);
    CsvRecord record;
    if (reader.next(record) != CsvStatus::record) return item_unreadable(item, "it has no CSV header");
    const std::string_view header = record.raw;
    std::uint64_t lines = 0;
    CsvStatus status = CsvStatus::record;
    while ((status = reader.next(record)) == CsvStatus::record) {
        ++lines;
        if (!visitor({LineFormat::csv, header, record.raw})) return lines;
    }
    if (status != CsvStatus::end) return item_unreadable(item, "a record is no CSV");
    return lines;
}

}  // namespace

Result<EventIds> EventIds::of(const Batch& batch, const std::string& group_by) {
    constexpr std::size_t expected_bytes = 32;
    EventIds ids;
    ids.ends_.reserve(batch.events.size());
    ids.text_.reserve(batch.events.size() * expected_bytes);
    StoredLineReader reader(group_by);
    for (const EventRecord& event : batch.events) {
        if (event.producer != no_producer) {
            append_id(ids.text_, batch.producers[event.producer], event.sequence);
        } else {
            const auto read = reader.read(batch.format, batch.csv_header, batch.line(event));
            if (!read) return fail(read.error());
            ids.text_ += read->event_id;
        }
        ids.ends_.push_back(ids.text_.size());
    }
    return ids;
}

Result<void> add_raw_items(const Batch& batch, std::span<const std::uint32_t> stored, const EventIds& ids,
                           const DynamoOptions& options, aws::EncodedItems& to) {
    RawWriter writer(batch, ids, options, to);
    std::vector<std::uint32_t> in_blocks;
    if (options.layout == Layout::blocks) {
        in_blocks.assign(stored.begin(), stored.end());
    } else {
        writer.reserve_rows(stored.size());
        for (const std::uint32_t index : stored) {
            const auto fits = writer.add_row(index);
            if (!fits) return fail(fits.error());
            if (!*fits) in_blocks.push_back(index);
        }
    }
    return in_blocks.empty() ? Result<void>{} : writer.add_blocks(in_blocks);
}

std::uint64_t events_in(const aws::Item& item) {
    return static_cast<std::uint64_t>(aws::number_of(item, "events", 1));
}

Result<void> each_line(const aws::Item& item, const std::function<bool(const RawLine&)>& visitor) {
    if (!item.contains(block_attribute)) {
        const auto line = item.find("line");
        const auto* text = line == item.end() ? nullptr : std::get_if<std::string>(&line->second.value);
        if (text == nullptr) return item_unreadable(item, "it has neither a line nor a block");
        visitor({LineFormat::ndjson, {}, *text});
        return {};
    }
    // Only what weir compressed itself is read here, so that any ratio may be right.
    const DecompressionLimits limits{64_MiB, std::numeric_limits<std::uint64_t>::max(), 64_MiB};
    const auto text = zstd_decompress(aws::bytes_of(item, block_attribute), limits);
    if (!text) return item_unreadable(item, text.error().message);
    bool stopped = false;
    const auto visit = [&](const RawLine& line) {
        stopped = !visitor(line);
        return !stopped;
    };
    const auto lines = aws::text_of(item, "format") == "csv" ? visit_csv(item, *text, visit)
                                                             : visit_ndjson(item, *text, visit);
    if (!lines) return fail(lines.error());
    if (!stopped && *lines != events_in(item))
        return item_unreadable(item, fmt::format("it holds {} events, not {}", *lines, events_in(item)));
    return {};
}

tl::unexpected<Error> item_unreadable(const aws::Item& item, const std::string& problem) {
    return fail(ErrorCode::storage, "item-unreadable",
                fmt::format("the item {} / {} is not as weir writes it: {}", aws::text_of(item, "pk"),
                            aws::text_of(item, "sk"), problem),
                "it was altered by another program: restore the table to a point in time before that");
}

}  // namespace weir::dynamo

#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aws/attribute_value.h"
#include "aws/encoded_item.h"
#include "base/result.h"
#include "event/batch.h"
#include "store/dynamo_store.h"

namespace weir::dynamo {

// Raw events in the partition E#<minute of ts>#<shard>.
//
// Layout rows, an item an event:
//   sk       <ts, RFC 3339 with milliseconds>#<event_id>#<batch>
//   line     text: the JSON object as it came; for CSV the object that stands for the record
//   (StoredLineReader) key      text: the value of the group-by field expires
// Layout blocks, and in either layout an event too large for an item: one or more items a batch and minute:
//   sk       ~<batch>#<nnnn>, from 0000
//   block    bytes: zstd (RFC 8878) of at most block_text_bytes of lines (or of a single longer one), each
//            ended by LF; for CSV the header record first, and CR LF, so that a record that ends in CR keeps
//            it
//   format   text: "ndjson" or "csv"
//   events   number: how many lines
//   expires
// A block that is still over an item's limit goes on in parts (parts.h). Where blocks are cut follows from
// the lines alone, never from what the compression makes of them, so that another version of it rewrites the
// same items. This is part of the format.
constexpr std::size_t block_text_bytes = std::size_t{384} << 10U;
constexpr std::string_view block_attribute = "block";

// The event_id of every event of a batch, in order, in one piece of memory.
class EventIds {
  public:
    static Result<EventIds> of(const Batch& batch, const std::string& group_by);

    [[nodiscard]] std::size_t size() const { return ends_.size(); }
    [[nodiscard]] std::string_view operator[](std::size_t index) const {
        const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
        return std::string_view(text_).substr(begin, ends_[index] - begin);
    }

  private:
    std::string text_;
    std::vector<std::size_t> ends_;
};

// Adds the items of the events at the indices `stored`.
Result<void> add_raw_items(const Batch& batch, std::span<const std::uint32_t> stored, const EventIds& ids,
                           const DynamoOptions& options, aws::EncodedItems& to);

// How many events a raw item holds.
std::uint64_t events_in(const aws::Item& item);

// A line of a raw item, to be read by StoredLineReader.
struct RawLine {
    LineFormat format = LineFormat::ndjson;
    std::string_view csv_header;
    std::string_view line;
};
// Visits the lines of a (joined) raw item in order, until the visitor answers false. An item that is not as
// described is ErrorCode::storage, "item-unreadable".
Result<void> each_line(const aws::Item& item, const std::function<bool(const RawLine&)>& visitor);

// The error for an item that is not what weir writes.
tl::unexpected<Error> item_unreadable(const aws::Item& item, const std::string& problem);

}  // namespace weir::dynamo

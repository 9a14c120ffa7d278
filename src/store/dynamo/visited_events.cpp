#include "store/dynamo/visited_events.h"

#include <algorithm>

#include "aws/dynamodb.h"
#include "store/dynamo/keys.h"

namespace weir::dynamo {
namespace {

// A row has room for a longer line than this, whatever its other attributes hold. It lies alone in a block of
// NDJSON.
constexpr std::size_t longest_of_a_sure_row = block_text_bytes;
static_assert(longest_of_a_sure_row + 4096 < aws::max_item_bytes);

// Of the JSON that stands for a CSV record: each byte of a cell or of its name escaped, and quotes.
constexpr std::size_t json_bytes_per_csv_byte = 12;

}  // namespace

void VisitedEvents::clear() {
    rows_.clear();
    row_index_.clear();
    large_.clear();
}

void VisitedEvents::add_row(std::string_view sort_key) {
    const std::size_t end_of_ts = sort_key.find('#');
    if (end_of_ts == std::string_view::npos) return;
    row_index_.clear();
    rows_.append(sort_key.substr(end_of_ts + 1)).append("\n");
}

void VisitedEvents::begin_block(std::string_view sort_key) {
    sort_key.remove_prefix(std::min<std::size_t>(sort_key.size(), 1));
    batch_ = sort_key.substr(0, sort_key.find('#'));
    if (!row_index_.empty()) return;
    for (std::string_view rest = rows_; !rest.empty();) {
        const std::size_t end = rest.find('\n');
        row_index_.insert(rest.substr(0, end));
        rest.remove_prefix(end + 1);
    }
}

bool VisitedEvents::is_repeated(const EventView& event) {
    const bool large = event.line.size() > longest_of_a_sure_row;
    if (row_index_.empty() && !large) return false;
    name_.clear();
    append_key_part(name_, event.event_id);
    name_.append("#").append(batch_);
    if (row_index_.contains(name_)) return true;
    return large && !large_.insert(name_).second;
}

bool VisitedEvents::may_hold_large(const aws::Item& block) {
    return events_in(block) == 1 || aws::text_of(block, "format") == "csv";
}

bool VisitedEvents::may_be_large(const RawLine& line) {
    if (line.format == LineFormat::ndjson) return line.line.size() > longest_of_a_sure_row;
    return json_bytes_per_csv_byte * (line.csv_header.size() + line.line.size()) > longest_of_a_sure_row;
}

}  // namespace weir::dynamo

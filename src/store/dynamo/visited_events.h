#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "event/event.h"
#include "store/dynamo/raw_items.h"

namespace weir::dynamo {

// Tells the events of a partition that lie there twice. A batch that comes again after the function's layout
// was changed is written in the other one too: its events lie as rows and in a block, and an event too large
// for a row in blocks of two numbers. What agrees in event_id and batch is one event, and is visited once.
//
// Rows sort before blocks, so that all rows of a partition are known when its first block is read. What is
// remembered: the ids of the rows and of the events too large for one. Not thread-safe; one a scan.
class VisitedEvents {
  public:
    // A partition begins.
    void clear();
    // A row was read that is not expired.
    void add_row(std::string_view sort_key);
    // What is given to is_repeated lies in this block.
    void begin_block(std::string_view sort_key);
    // Whether the event lay in this partition before.
    [[nodiscard]] bool is_repeated(const EventView& event);

    // Whether a block that is passed over may hold what is_repeated must be told all the same, and which of
    // its lines may be that.
    [[nodiscard]] static bool may_hold_large(const aws::Item& block);
    [[nodiscard]] static bool may_be_large(const RawLine& line);

  private:
    std::string batch_;                               // of the block, as part of a key
    std::string rows_;                                // <event_id>#<batch> and a line break, of each row
    std::unordered_set<std::string_view> row_index_;  // into rows_, once a block has come
    std::unordered_set<std::string> large_;
    std::string name_;
};

}  // namespace weir::dynamo

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace weir::rocks {

// The column families, and what their keys are made of (see encoding.h). Values are documented with their
// types.
//
//   events        big64 position                          block (block.h), never compressed again
//   time_index    big64 minute (sign flipped), position   empty: a block with events of that minute of event
//   time panes         time pane, u8 0                         how many of the pane's events were late
//   (merged by addition, 8 bytes)
//                 time pane, u8 1, key                    how many events of that key (likewise)
//   batches       batch_id                                marker (records.h)
//   producers     see producer_record.h
//   aggregates    's', time window_end, view              scheduled row (records.h)
//                 'r', bytes run_id, time window_end      row of a run
//                 't', time window_end, run_id            empty: finds the rows of runs by their time, to
//                 drop them
//   dead_letters  big64 id                                dead letter (records.h)
//   meta          'identity'                              what the store was made for (records.h)
//                 'state'                                 position, ledger, … (records.h)
//                 'd', time pane                          big64 version: a dirty pane
enum class Family : std::size_t {
    events,
    time_index,
    panes,
    batches,
    producers,
    aggregates,
    dead_letters,
    meta
};
constexpr std::array<std::string_view, 8> family_names{"events",    "time_index", "panes",        "batches",
                                                       "producers", "aggregates", "dead_letters", "meta"};

constexpr std::string_view identity_key = "identity";
constexpr std::string_view state_key = "state";

std::string position_key(std::uint64_t position);  // also of dead letters

std::string time_index_key(std::int64_t minute, std::uint64_t position);

constexpr std::uint8_t pane_late_tag = 0;
constexpr std::uint8_t pane_count_tag = 1;
std::string pane_prefix(Timestamp pane);
std::string pane_late_key(Timestamp pane);
std::string pane_count_key(Timestamp pane, std::string_view key);

constexpr char scheduled_tag = 's';
std::string scheduled_prefix(Timestamp window_end);
std::string scheduled_key(Timestamp window_end, std::string_view view);

constexpr char run_tag = 'r';
std::string run_prefix(std::string_view run_id);
std::string run_key(std::string_view run_id, Timestamp window_end);

constexpr char run_time_tag = 't';
std::string run_time_prefix(Timestamp window_end);
std::string run_time_key(Timestamp window_end, std::string_view run_id);

constexpr char dirty_tag = 'd';
std::string dirty_key(Timestamp pane);

}  // namespace weir::rocks

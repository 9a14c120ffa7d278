#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace weir {

constexpr std::size_t max_event_id_bytes = 128;
constexpr std::size_t max_key_bytes = 256;

// What a missing, null or empty value of the group-by field is counted under.
constexpr std::string_view blank_key = "(blank)";

// The value of the group-by field, exactly as it came (UTF-8, 1 to max_key_bytes).
using Key = std::string;

// One sensor reading, as a view: valid as long as what it was read from (a Batch, or the call of a visitor).
struct EventView {
    std::string_view event_id;
    Timestamp ts;
    std::string_view key;
    std::string_view line;  // the JSON object as it came, without a line break
};

// Who made an event, and which one it was: an event_id of weir's own form, `<run>-<sequence>`, taken apart.
// `run` is 1 to 64 characters of [A-Za-z0-9_.]; `sequence` has 1 to 18 decimal digits. `width` is the number
// of digits when the first of them is a zero, and 0 otherwise, so that (run, width, sequence) stands for
// exactly one event_id.
struct ProducerSequence {
    std::string_view run;
    std::uint8_t width = 0;
    std::uint64_t sequence = 0;
};

// Takes an event_id apart; false when it is not of weir's own form (then only its batch protects it from
// being counted twice, unless the store is told to remember ids of any form).
bool parse_producer_sequence(std::string_view event_id, ProducerSequence& out);

// The event_id of the `sequence`th event (from 1) of a run: `r7f3-000001`.
std::string format_event_id(std::string_view run, std::uint64_t sequence);

// Whether `id` may be an event_id or a batch_id: 1 to max_event_id_bytes printable ASCII characters other
// than space.
bool is_valid_id(std::string_view id);

}  // namespace weir

#include "event/event.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir {
namespace {

constexpr std::size_t max_run_bytes = 64;
constexpr std::size_t max_sequence_digits = 18;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_run_character(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
}

}  // namespace

bool parse_producer_sequence(std::string_view event_id, ProducerSequence& out) {
    std::size_t start = event_id.size();
    while (start > 0 && is_digit(event_id[start - 1]))
        --start;
    const std::size_t count = event_id.size() - start;
    if (count == 0 || count > max_sequence_digits || start < 2 || event_id[start - 1] != '-') return false;
    const std::string_view run = event_id.substr(0, start - 1);
    if (run.size() > max_run_bytes || !std::all_of(run.begin(), run.end(), is_run_character)) return false;
    std::uint64_t sequence = 0;
    for (std::size_t i = start; i < event_id.size(); ++i)
        sequence = sequence * 10 + static_cast<std::uint64_t>(event_id[i] - '0');
    out = {run, static_cast<std::uint8_t>(event_id[start] == '0' ? count : 0), sequence};
    return true;
}

std::string format_event_id(std::string_view run, std::uint64_t sequence) {
    return fmt::format("{}-{:06}", run, sequence);
}

bool is_valid_id(std::string_view id) {
    return !id.empty() && id.size() <= max_event_id_bytes &&
           std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

}  // namespace weir

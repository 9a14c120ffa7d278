#include "store/rocks/keys.h"

#include "store/rocks/encoding.h"

namespace weir::rocks {
namespace {

std::string tagged_time(char tag, Timestamp time) {
    std::string key(1, tag);
    put_time(key, time);
    return key;
}

}  // namespace

std::string position_key(std::uint64_t position) {
    std::string key;
    put_big64(key, position);
    return key;
}

std::string time_index_key(std::int64_t minute, std::uint64_t position) {
    std::string key;
    put_time(key, timestamp_from_ms(minute));
    put_big64(key, position);
    return key;
}

std::string pane_prefix(Timestamp pane) {
    std::string key;
    put_time(key, pane);
    return key;
}

std::string pane_late_key(Timestamp pane) {
    std::string key = pane_prefix(pane);
    put_u8(key, pane_late_tag);
    return key;
}

std::string pane_count_key(Timestamp pane, std::string_view name) {
    std::string key = pane_prefix(pane);
    put_u8(key, pane_count_tag);
    key.append(name);
    return key;
}

std::string scheduled_prefix(Timestamp window_end) {
    return tagged_time(scheduled_tag, window_end);
}

std::string scheduled_key(Timestamp window_end, std::string_view view) {
    return scheduled_prefix(window_end).append(view);
}

std::string run_prefix(std::string_view run_id) {
    std::string key(1, run_tag);
    put_bytes(key, run_id);
    return key;
}

std::string run_key(std::string_view run_id, Timestamp window_end) {
    std::string key = run_prefix(run_id);
    put_time(key, window_end);
    return key;
}

std::string run_time_prefix(Timestamp window_end) {
    return tagged_time(run_time_tag, window_end);
}

std::string run_time_key(Timestamp window_end, std::string_view run_id) {
    return run_time_prefix(window_end).append(run_id);
}

std::string dirty_key(Timestamp pane) {
    return tagged_time(dirty_tag, pane);
}

}  // namespace weir::rocks

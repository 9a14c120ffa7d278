#include "store/dynamo/keys.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "base/hash.h"
#include "window/window.h"

namespace weir::dynamo {
namespace {

constexpr Duration minute_length{std::chrono::minutes{1}};
constexpr unsigned id_bits = 22;

}  // namespace

std::string key_part(std::string_view id) {
    std::string part;
    append_key_part(part, id);
    return part;
}

void append_key_part(std::string& key, std::string_view id) {
    for (;;) {
        const std::size_t plain = std::min(id.find_first_of("%#"), id.size());
        key += id.substr(0, plain);
        if (plain == id.size()) return;
        key += id[plain] == '%' ? "%25" : "%23";
        id.remove_prefix(plain + 1);
    }
}

std::int64_t minute_of(Timestamp t) {
    return align_down(t, minute_length).time_since_epoch() / minute_length;
}

Timestamp start_of(std::int64_t minute) {
    return Timestamp{minute * minute_length};
}

std::string format_minute(std::int64_t minute) {
    return format_rfc3339(start_of(minute)).substr(0, 16);
}

std::string marker_partition(std::string_view batch_id) {
    return "B#" + key_part(batch_id);
}

std::string raw_partition(std::int64_t minute, unsigned shard) {
    return fmt::format("E#{}#{}", format_minute(minute), shard);
}

std::string delta_partition(std::int64_t minute) {
    return "D#" + format_minute(minute);
}

std::string dead_letter_partition(std::int64_t minute) {
    return "X#" + format_minute(minute);
}

std::string run_partition(std::string_view run_id) {
    return "RUN#" + key_part(run_id);
}

unsigned shard_of(std::string_view batch_id, unsigned shards) {
    return static_cast<unsigned>(hash128(batch_id).low % shards);
}

std::uint64_t dead_letter_id(Timestamp received_at, std::string_view batch_id, std::uint64_t line) {
    const std::uint64_t low = (hash128(batch_id).low + line) % (std::uint64_t{1} << id_bits);
    return static_cast<std::uint64_t>(to_ms(received_at)) << id_bits | low;
}

Timestamp received_at_of(std::uint64_t dead_letter_id) {
    return timestamp_from_ms(static_cast<std::int64_t>(dead_letter_id >> id_bits));
}

std::string dead_letter_sort_key(std::uint64_t id, std::string_view batch_id, std::uint64_t line) {
    return fmt::format("{:016x}#{}#{:010}", id, key_part(batch_id), line);
}

std::string dead_letter_sort_key(std::uint64_t id) {
    return fmt::format("{:016x}", id);
}

std::int64_t expiry_seconds(Timestamp t, Duration retention) {
    const auto expiry = std::chrono::ceil<std::chrono::seconds>(t + retention + expiry_margin);
    return expiry.time_since_epoch().count();
}

aws::Attribute expires_at(Timestamp t, Duration retention) {
    return aws::number(expiry_seconds(t, retention));
}

aws::Attribute minute_expires_at(std::int64_t minute, Duration retention) {
    return expires_at(start_of(minute + 1), retention);
}

bool is_expired(const aws::Item& item, Timestamp now) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    return aws::number_of(item, "expires", std::numeric_limits<std::int64_t>::max()) <= seconds;
}

}  // namespace weir::dynamo

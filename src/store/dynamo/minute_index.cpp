#include "store/dynamo/minute_index.h"

#include <utility>

#include <fmt/format.h>

#include "store/dynamo/keys.h"

namespace weir::dynamo {
namespace {

constexpr std::int64_t longest_not_looked_up = 30;  // minutes
constexpr std::int64_t minutes_a_day = 24 * 60;

// `2026-11-24T00:15` taken apart.
std::pair<std::string, std::string> day_and_time(std::int64_t minute) {
    const std::string text = format_minute(minute);
    return {"M#" + text.substr(0, 10), text.substr(11)};
}

std::int64_t start_of_day(std::int64_t minute) {
    return minute - ((minute % minutes_a_day) + minutes_a_day) % minutes_a_day;
}

// The minute of the day that `hh:mm` is; -1 when it is none.
std::int64_t minute_of_day(const std::string& text) {
    if (text.size() != 5 || text[2] != ':') return -1;
    std::int64_t digits = 0;
    for (const std::size_t at : {0U, 1U, 3U, 4U}) {
        if (text[at] < '0' || text[at] > '9') return -1;
        digits = digits * 10 + (text[at] - '0');
    }
    return digits / 100 * 60 + digits % 100;
}

}  // namespace

std::vector<aws::Item> MinuteIndex::missing(std::span<const std::int64_t> minutes, Duration retention) {
    std::vector<aws::Item> items;
    const std::scoped_lock lock(mutex_);
    for (const std::int64_t minute : minutes) {
        if (written_.contains(minute)) continue;
        auto [day, time] = day_and_time(minute);
        items.push_back({{"pk", aws::text(std::move(day))},
                         {"sk", aws::text(std::move(time))},
                         {"expires", minute_expires_at(minute, retention)}});
    }
    return items;
}

void MinuteIndex::add(std::span<const std::int64_t> minutes) {
    const std::scoped_lock lock(mutex_);
    if (written_.size() > most_remembered) written_.clear();
    written_.insert(minutes.begin(), minutes.end());
}

Result<std::vector<std::int64_t>> indexed_minutes(aws::DynamoDb& db, const std::string& events_table,
                                                  std::int64_t first, std::int64_t last, Timestamp now) {
    std::vector<std::int64_t> found;
    if (last - first < longest_not_looked_up) {
        for (std::int64_t minute = first; minute <= last; ++minute)
            found.push_back(minute);
        return found;
    }
    for (std::int64_t day = start_of_day(first); day <= last; day += minutes_a_day) {
        aws::QueryRequest request{.table = events_table, .partition_key = day_and_time(day).first};
        do {
            auto page = db.query(request);
            if (!page) return fail(std::move(page).error());
            for (const aws::Item& item : page->items) {
                const std::int64_t minute = minute_of_day(aws::text_of(item, "sk"));
                if (minute < 0 || is_expired(item, now)) continue;
                if (day + minute >= first && day + minute <= last) found.push_back(day + minute);
            }
            request.start = std::move(page->next);
        } while (request.start);
    }
    return found;
}

}  // namespace weir::dynamo

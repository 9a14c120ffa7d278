#pragma once

#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/json_string.h"
#include "pipeline/make_batch.h"
#include "pipeline/view_feed.h"
#include "store/memory_store.h"
#include "store/memory_view_store.h"
#include "support/manual_clock.h"

namespace weir::test {

// An event with whole numbers in `x`, where it has any.
struct RoomEvent {
    Timestamp ts;
    std::string room;  // empty: none
    std::optional<std::int64_t> x;
    std::uint64_t position = 0;  // given by ViewWorld::commit
};

// A ViewFeed over the model of a store and of a ViewStore, in simulated time, and the slow recount of all
// that was committed.
class ViewWorld {
  public:
    static inline const Timestamp start = *parse_rfc3339("2026-11-24T00:15:00.000Z");

    explicit ViewWorld(std::vector<ViewSpec> specs) { open(std::move(specs)); }

    // As after a restart of the server, with these views. Few things at once, so that every bound is met.
    void open(std::vector<ViewSpec> specs) {
        ViewFeed::Options options;
        options.views = views = std::move(specs);
        options.blocks_at_once = 3;
        options.rows_at_once = 4;
        auto opened = ViewFeed::open(*events, records, clock, std::move(options));
        if (!opened) throw std::runtime_error(opened.error().message);
        feed = *std::move(opened);
    }

    void commit(std::vector<RoomEvent> some) {
        Batch batch = make_batch(fmt::format("b{}", ++position), clock.now(), {});
        batch.keys = {"(blank)"};
        for (RoomEvent& event : some) {
            event.position = position;
            std::string line =
                fmt::format(R"({{"event_id":"e{}","ts":"{}")", all.size(), format_rfc3339(event.ts));
            if (!event.room.empty()) line += R"(,"Room":)" + json_string(event.room);
            if (event.x) line += fmt::format(R"(,"x":{})", *event.x);
            EventRecord record;
            record.offset = static_cast<std::uint32_t>(batch.text.size());
            record.length = static_cast<std::uint32_t>(line.size() + 1);
            record.ts = event.ts;
            batch.events.push_back(record);
            batch.text += line + "}\n";
            all.push_back(event);
        }
        batch.received = some.size();
        batch.content = hash128(batch.text);
        auto answers = events->commit({&batch, 1});
        if (!answers || !answers->front()) throw std::runtime_error("commit failed");
    }

    // A row of the window from the events up to `as_of`, without what only the feed knows.
    [[nodiscard]] ViewRow recount(const ViewSpec& view, Timestamp end, std::uint64_t as_of) const {
        std::map<std::string, std::vector<std::int64_t>> groups;
        ViewRow row;
        for (const RoomEvent& event : all) {
            if (event.position > as_of || event.ts >= end || event.ts < end - view.window.size) continue;
            const bool usable = view.measure == MeasureKind::count || event.x;
            ++(usable ? row.total : row.unusable);
            if (usable) groups[event.room.empty() ? "(blank)" : event.room].push_back(event.x.value_or(0));
        }
        for (const auto& [key, numbers] : groups)
            row.groups[key] = {numbers.size(), value_of(view.measure, numbers)};
        return row;
    }

    // Whether the row holds what the events up to its as_of come to.
    [[nodiscard]] bool is_recounted(const ViewSpec& view, const ViewRow& row) const {
        const ViewRow expected = recount(view, row.window.end, row.as_of);
        return row.view == view.name && row.total == expected.total && row.unusable == expected.unusable &&
               row.groups == expected.groups && row.window.start == row.window.end - view.window.size;
    }

    std::vector<ViewRow> rows(const std::string& view) const {
        return *feed->rows(view, {min_timestamp, max_timestamp}, 1'000'000);
    }
    // Of the view's rows, the one of this window.
    std::optional<ViewRow> row(const std::string& view, Timestamp end) const {
        const auto found = *feed->rows(view, {end, end + Duration{1}}, 1);
        return found.empty() ? std::nullopt : std::optional(found.front());
    }

    ManualClock clock{start};
    std::unique_ptr<Store> events = make_memory_store({"County", "county-5m", WindowSpec{}});
    MemoryViewStore records;
    std::vector<ViewSpec> views;
    std::unique_ptr<ViewFeed> feed;
    std::vector<RoomEvent> all;
    std::uint64_t position = 0;

  private:
    static std::string value_of(MeasureKind kind, const std::vector<std::int64_t>& numbers) {
        std::int64_t sum = 0;
        for (const std::int64_t number : numbers)
            sum += number;
        switch (kind) {
            case MeasureKind::count:
                return std::to_string(numbers.size());
            case MeasureKind::sum:
                return std::to_string(sum);
            case MeasureKind::min:
                return std::to_string(*std::min_element(numbers.begin(), numbers.end()));
            case MeasureKind::max:
                return std::to_string(*std::max_element(numbers.begin(), numbers.end()));
            case MeasureKind::mean:
                break;
        }
        return Decimal::parse(std::to_string(sum))->divided_by(numbers.size()).text();
    }
};

// A view of rooms with windows of `slides` slides.
inline ViewSpec room_view(const std::string& name, MeasureKind measure, Duration slide, int slides) {
    ViewSpec view;
    view.name = name;
    view.group_by = {"Room"};
    view.measure = measure;
    if (measure != MeasureKind::count) view.field = "x";
    view.window = {slide * slides, slide, slide, std::chrono::seconds{30}};
    return view;
}

}  // namespace weir::test

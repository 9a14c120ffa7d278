// RemoteStore in front of a running server, against counts and sequences made by hand.
#include "store/remote_store.h"

#include <map>
#include <random>

#include "running_service.h"

namespace weir::test {
namespace {

const TimeRange all_time{min_timestamp, max_timestamp};

TimeRange from_start(std::int64_t from, std::int64_t to) {
    return {start_time + Duration{from}, start_time + Duration{to}};
}

struct Sent {
    std::int64_t ms = 0;
    std::string key;
    std::string line;
};

std::string body_of(const std::vector<Sent>& events) {
    std::string body;
    for (const Sent& event : events)
        body += event.line + "\n";
    return body;
}

// The lines that a scan visits, stopped before the `stop`th of them.
struct Scanned {
    std::vector<std::string> lines;
    ScanEnd end;
};
Scanned scan(StoreReader& store, const ScanRequest& request,
             std::size_t stop = std::numeric_limits<std::size_t>::max()) {
    Scanned scanned;
    auto end = store.scan(request, [&](const EventView& event) {
        if (scanned.lines.size() == stop) return Visit::stop;
        scanned.lines.emplace_back(event.line);
        return Visit::next;
    });
    if (!end) throw std::runtime_error(end.error().message);
    scanned.end = *end;
    return scanned;
}

// What the server must hold, as a plain list.
class Twin {
  public:
    std::vector<Sent> events;

    std::vector<std::string> lines(TimeRange range) const {
        std::vector<std::string> lines;
        for (const Sent& event : events)
            if (range.contains(start_time + Duration{event.ms})) lines.push_back(event.line);
        return lines;
    }
    std::map<std::pair<std::int64_t, std::string>, std::uint64_t> panes(TimeRange range) const {
        std::map<std::pair<std::int64_t, std::string>, std::uint64_t> panes;
        for (const Sent& event : events)
            if (range.contains(start_time + Duration{event.ms}))
                ++panes[{to_ms(std::chrono::floor<std::chrono::seconds>(start_time + Duration{event.ms})),
                         event.key}];
        return panes;
    }
    KeyCounts counts(TimeRange range) const {
        KeyCounts counts;
        for (const Sent& event : events)
            if (range.contains(start_time + Duration{event.ms})) ++counts[event.key];
        return counts;
    }
    std::uint64_t late(TimeRange range) const {  // all are received at start_time
        std::uint64_t late = 0;
        for (const Sent& event : events)
            if (range.contains(start_time + Duration{event.ms}) && event.ms < -30'000) ++late;
        return late;
    }
};

void expect_same(RemoteStore& remote, const Twin& twin, TimeRange range) {
    const auto counts = remote.window_counts(range);
    ASSERT_TRUE(counts) << counts.error().message;
    EXPECT_EQ(counts->counts, twin.counts(range));
    EXPECT_EQ(counts->total, twin.lines(range).size());
    EXPECT_EQ(counts->late, twin.late(range));

    const auto panes = remote.panes(range);
    ASSERT_TRUE(panes) << panes.error().message;
    std::vector<PaneCount> expected;
    for (const auto& [pane, count] : twin.panes(range))
        expected.push_back({timestamp_from_ms(pane.first), pane.second, count});
    EXPECT_EQ(*panes, expected);

    EXPECT_EQ(scan(remote, {range, {}, {}}).lines, twin.lines(range));

    const auto window = remote.live(range.end);
    ASSERT_TRUE(window) << window.error().message;
    EXPECT_EQ(window->counts, twin.counts({range.end - std::chrono::minutes{5}, range.end}));
}

TEST(RemoteStore, random_batches_are_counted_as_by_hand) {
    RunningService world;
    RemoteStore remote(world.url(), "");
    Twin twin;
    std::mt19937 random(20'261'124);
    const std::vector<std::string> keys{"Kent", "New Castle", "\"quoted\"\\", "Übersee", "(blank)"};
    const auto draw = [&](std::int64_t from, std::int64_t to) {
        return std::uniform_int_distribution<std::int64_t>(from, to)(random);
    };
    for (int batch = 0; batch < 25; ++batch) {
        std::vector<Sent> events;
        for (std::int64_t i = draw(1, 20); i > 0; --i) {
            const std::int64_t ms = draw(-65'000, 0);
            const std::string& key = keys[static_cast<std::size_t>(draw(0, 4))];
            const std::string id = "r" + std::to_string(batch) + "-" + std::to_string(i);
            events.push_back({ms, key, line_of(id, ms, key)});
        }
        ASSERT_EQ(json_of(world.post(body_of(events))).at("stored"), events.size());
        twin.events.insert(twin.events.end(), events.begin(), events.end());
        expect_same(remote, twin, from_start(-66'000, 1000));
        const std::int64_t from = draw(-66, 0) * 1000;
        expect_same(remote, twin, from_start(from, draw(from / 1000, 1) * 1000));
    }
    const auto ledger = remote.ledger();
    ASSERT_TRUE(ledger);
    EXPECT_TRUE(ledger->balances());
    EXPECT_EQ(ledger->stored, twin.events.size());
    EXPECT_EQ(ledger->batches, 25U);
    EXPECT_EQ(ledger->late, twin.late(all_time));
}

TEST(RemoteStore, a_scan_stopped_anywhere_goes_on_with_the_next_event) {
    RunningService world;
    RemoteStore remote(world.url(), "");
    std::vector<std::string> expected;
    for (int batch = 0; batch < 4; ++batch) {
        std::string body;
        for (int i = 1; i <= 5; ++i) {
            const std::string line = line_of("b" + std::to_string(batch) + "-" + std::to_string(i),
                                             i % 3 == 0 ? 5000 : 0);  // every third is not in the range
            body += line + "\n";
            if (i % 3 != 0) expected.push_back(line);
        }
        ASSERT_EQ(world.post(body).status, 200U);
    }
    const TimeRange range = from_start(0, 1000);
    const std::size_t count = expected.size();
    for (std::size_t first = 0; first <= count; ++first) {
        const Scanned before = scan(remote, {range, {}, {}}, first);
        ASSERT_EQ(before.end.next.has_value(), first < count);
        if (!before.end.next) continue;
        // A second stop, and then to the end.
        for (std::size_t second = 0; first + second <= count; ++second) {
            std::vector<std::string> lines = before.lines;
            const Scanned middle = scan(remote, {range, before.end.as_of, before.end.next}, second);
            lines.insert(lines.end(), middle.lines.begin(), middle.lines.end());
            ASSERT_EQ(middle.end.as_of, before.end.as_of);
            if (middle.end.next) {
                const Scanned rest = scan(remote, {range, before.end.as_of, middle.end.next});
                EXPECT_FALSE(rest.end.next);
                lines.insert(lines.end(), rest.lines.begin(), rest.lines.end());
            }
            ASSERT_EQ(lines, expected) << first << ", then " << second;
        }
    }
}

TEST(RemoteStore, a_scan_longer_than_a_page_is_whole_wherever_it_stops) {
    RunningService world;
    RemoteStore remote(world.url(), "");
    std::vector<std::string> expected;
    for (int batch = 0; batch < 2; ++batch) {
        std::string body;
        for (int i = 1; i <= 60; ++i) {
            std::string line = line_of("b" + std::to_string(batch) + "-" + std::to_string(i));
            line.insert(1, R"("pad":")" + std::string(60'000, 'x') + "\",");  // 7 MiB in all; a page has 4
            body += line + "\n";
            expected.push_back(std::move(line));
        }
        ASSERT_EQ(world.post(body).status, 200U);
    }
    const TimeRange range = from_start(0, 1000);
    ASSERT_EQ(scan(remote, {range, {}, {}}).lines, expected);
    // The page of 4 MiB ends between the 69th and the 71st line.
    for (const std::size_t stop : {1U, 59U, 60U, 61U, 69U, 70U, 71U, 119U}) {
        Scanned before = scan(remote, {range, {}, {}}, stop);
        ASSERT_TRUE(before.end.next) << stop;
        const Scanned rest = scan(remote, {range, before.end.as_of, before.end.next});
        before.lines.insert(before.lines.end(), rest.lines.begin(), rest.lines.end());
        ASSERT_TRUE(before.lines == expected) << stop;
    }
}

TEST(RemoteStore, a_scan_as_of_a_position_does_not_see_what_came_later) {
    RunningService world;
    RemoteStore remote(world.url(), "");
    world.post(lines_of("first", 3));
    const Scanned before = scan(remote, {from_start(0, 1000), {}, {}});
    world.post(lines_of("second", 3));
    EXPECT_EQ(scan(remote, {from_start(0, 1000), before.end.as_of, {}}).lines, before.lines);
    EXPECT_EQ(scan(remote, {from_start(0, 1000), {}, {}}).lines.size(), 6U);
}

TEST(RemoteStore, rows_are_read_past_the_longest_page) {
    RunningService world;
    RemoteStore remote(world.url(), "");
    EXPECT_EQ(*remote.row_at(start_time + std::chrono::minutes{1}), std::nullopt);
    world.post(line_of("a-1", 0) + "\n");
    constexpr int minutes = 1200;
    world.clock.advance(std::chrono::minutes{minutes} + std::chrono::seconds{40});
    const Timestamp last = start_time + std::chrono::minutes{minutes};
    ASSERT_TRUE(eventually([&] { return remote.row_at(last)->has_value(); }));

    const TimeRange range{start_time + std::chrono::minutes{1}, last};
    const auto rows = remote.rows(range, 5000);
    ASSERT_TRUE(rows) << rows.error().message;
    ASSERT_EQ(rows->size(), static_cast<std::size_t>(minutes - 1));
    for (std::size_t i = 0; i < rows->size(); ++i) {
        const AggregateRow& row = (*rows)[i];
        ASSERT_EQ(row.window_end, range.start + std::chrono::minutes{i});
        ASSERT_EQ(row.window_start, row.window_end - std::chrono::minutes{5});
        ASSERT_EQ(row.total, i < 5 ? 1U : 0U) << i;  // the windows of 5 minutes that cover the event
    }
    for (const std::size_t limit : {0U, 1U, 999U, 1000U, 1001U}) {
        const auto some = remote.rows(range, limit);
        ASSERT_TRUE(some);
        EXPECT_TRUE(std::equal(some->begin(), some->end(), rows->begin()) && some->size() == limit) << limit;
    }
    EXPECT_TRUE(remote.rows({range.start, range.start}, 10)->empty());
    EXPECT_EQ(**remote.row_at(range.start), rows->front());
    EXPECT_EQ((*remote.latest_row())->window_end, last);
}

TEST(RemoteStore, dead_letters_are_read_past_the_longest_page_and_in_pages_of_any_size) {
    RunningService world;
    RemoteStore remote(world.url(), "");
    std::string body;
    for (int i = 0; i < 1100; ++i)
        body += "bad \xff " + std::to_string(i) + "\n";
    ASSERT_EQ(world.post(body).status, 422U);
    const auto whole = remote.dead_letters(all_time, 0, 5000);
    ASSERT_TRUE(whole) << whole.error().message;
    ASSERT_EQ(whole->letters.size(), 1100U);
    EXPECT_FALSE(whole->next);
    for (std::size_t i = 0; i < whole->letters.size(); ++i) {
        ASSERT_EQ(whole->letters[i].bytes, "bad \xff " + std::to_string(i));
        ASSERT_EQ(whole->letters[i].line, i + 1);
        ASSERT_EQ(whole->letters[i].received_at, start_time);
    }
    for (const std::size_t limit : {97U, 550U, 1001U}) {
        std::vector<DeadLetter> letters;
        std::optional<std::uint64_t> after = 0;
        while (after) {
            const auto page = remote.dead_letters(all_time, *after, limit);
            ASSERT_TRUE(page);
            ASSERT_LE(page->letters.size(), limit);
            letters.insert(letters.end(), page->letters.begin(), page->letters.end());
            ASSERT_NE(page->next, after);
            after = page->next;
        }
        EXPECT_TRUE(letters == whole->letters) << limit;
    }
    EXPECT_TRUE(remote.dead_letters(from_start(1, 1000), 0, 10)->letters.empty());
}

TEST(RemoteStore, a_trigger_writes_the_row_of_its_run) {
    ServiceOptions options;
    options.token = "correct-horse";
    RunningService world(options);
    RemoteStore remote(world.url(), options.token);
    world.post(lines_of("a", 3));
    EXPECT_EQ(*remote.row_of_run("r/1?x"), std::nullopt);
    const auto made = remote.aggregate("r/1?x", start_time + std::chrono::seconds{1});
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->counts, (KeyCounts{{"Kent", 3}}));
    EXPECT_EQ(made->run_id, "r/1?x");
    EXPECT_EQ(**remote.row_of_run("r/1?x"), *made);
    const auto status = remote.status();
    ASSERT_TRUE(status);
    EXPECT_EQ(status->window, options.window);
    EXPECT_EQ(status->now, start_time);
    EXPECT_EQ(status->state, "ready");

    RemoteStore stranger(world.url(), "wrong");
    EXPECT_EQ(stranger.ledger().error().code, ErrorCode::unauthorized);
}

TEST(RemoteStore, what_the_server_refuses_is_an_error_of_the_same_meaning) {
    RunningService world;
    RemoteStore remote(world.url(), "");
    EXPECT_FALSE(remote.window_counts(from_start(0, 1500)));
    EXPECT_FALSE(remote.panes(from_start(0, 3'601'000)));
    EXPECT_FALSE(remote.live(start_time + Duration{1}));
    const http::Url gone = world.url();
    world.stop();
    RemoteStore nobody(gone, "");
    EXPECT_EQ(nobody.ledger().error().code, ErrorCode::unreachable);
    world.start();
}

}  // namespace
}  // namespace weir::test

// The contract of Store: counts, scans, rows, dead letters, dirty panes and retention.
#include "contract_test.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace weir::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

TEST_P(StoreContract, panes_are_counted_by_key_and_half_open) {
    commit(BatchMaker("b1", now_)
               .add({"run-1", at(100, 0), "A"})
               .add({"run-2", at(100, 999), "A"})
               .add({"run-3", at(101, 0), "A"})
               .add({"run-4", at(101, 5), "(blank)"})
               .add({"run-5", at(102, 0), "B"})
               .make());
    EXPECT_EQ(counts({at(100), at(101)}).counts, (KeyCounts{{"A", 2}}));
    EXPECT_EQ(counts({at(100), at(102)}).counts, (KeyCounts{{"(blank)", 1}, {"A", 3}}));
    EXPECT_EQ(counts({at(99), at(103)}).total, 5U);
    EXPECT_EQ(counts({at(103), at(200)}).total, 0U);
    EXPECT_EQ(*store().panes({at(100), at(102)}),
              (std::vector<PaneCount>{{at(100), "A", 2}, {at(101), "(blank)", 1}, {at(101), "A", 1}}));
}

// The newest panes are kept in memory, older ones are read; a sum over both must not miss or double one.
TEST_P(StoreContract, a_sum_across_old_and_new_panes_is_the_sum_of_its_parts) {
    BatchMaker maker("b1", now_);
    for (int i = 0; i < 200; ++i)
        maker.add({format_event_id("run", static_cast<std::uint64_t>(i) + 1), now_ - Duration{i * 10'000},
                   i % 3 == 0 ? "A" : "B"});
    commit(maker.make());
    for (int advance = 0; advance < 3; ++advance) {
        for (const int from : {2100, 700, 600, 590, 100})
            for (const int to : {650, 600, 599, 0, -10}) {
                const TimeRange range{now_ - Duration{from * 1000}, now_ - Duration{to * 1000}};
                std::uint64_t expected = 0, expected_late = 0;
                for (int i = 0; i < 200; ++i) {
                    const bool counted = range.contains(now_ - Duration{i * 10'000});
                    expected += counted ? 1 : 0;
                    expected_late += counted && i * 10 > 30 ? 1 : 0;
                }
                EXPECT_EQ(counts(range).total, expected) << from << " to " << to;
                EXPECT_EQ(counts(range).late, expected_late) << from << " to " << to;
            }
        clock().advance(minutes{4});
        commit(BatchMaker("later-" + std::to_string(advance), clock().now()).make());
    }
}

// The obvious way: of all counts, by count, then by the keys' bytes.
std::vector<RankedKey> largest_of(const KeyCounts& counts, std::size_t limit) {
    std::vector<RankedKey> all;
    for (const auto& [key, count] : counts)
        all.push_back({key, count});
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.count > b.count; });
    all.resize(std::min(limit, all.size()));
    return all;
}

// Windows that are running, past, older than what is kept in memory, and any other range.
TEST_P(StoreContract, the_largest_counts_are_those_of_all_counts) {
    const std::vector<std::string> keys{"Kent",         "kent b",  "b",        "KENT c",
                                        "St. Lawrence", "(blank)", "a\xC3\xA4"};
    std::uint64_t sequence = 0;
    for (int step = 0; step < 4; ++step) {
        BatchMaker maker("b" + std::to_string(step), clock().now());
        for (int i = 0; i < 60; ++i)
            maker.add({format_event_id("run", ++sequence), clock().now() - Duration{i * 11'000},
                       keys[static_cast<std::size_t>((i * i + step) % 7)]});
        commit(maker.make());
        const Timestamp present = align_down(clock().now(), Duration{1000}) + Duration{1000};
        Store& opened = store();  // once: it may be opened anew each time
        for (const int back : {0, 1, 60, 290, 500, 900})
            for (const int length : {300, 20, 0}) {
                const Timestamp end = present - Duration{back * 1000};
                const TimeRange range{end - Duration{length * 1000}, end};
                const WindowCounts all = *opened.window_counts(range);
                KeyCounts found;
                for (const auto& [key, count] : all.counts)
                    if (key == "Kent" || key == "kent b" || key == "KENT c") found[key] = count;
                for (const std::size_t limit : {1U, 2U, 5U, 100U}) {
                    const auto top = opened.top_counts(range, {limit, {}});
                    ASSERT_TRUE(top.has_value());
                    EXPECT_EQ(top->largest, largest_of(all.counts, limit)) << back << " " << length;
                    EXPECT_EQ(top->keys, all.counts.size());
                    EXPECT_EQ(top->total, all.total);
                    EXPECT_EQ(top->late, all.late);
                    if (can().positions) {
                        EXPECT_EQ(top->as_of, all.as_of);
                    }
                    const auto searched = opened.top_counts(range, {limit, "kENt"});
                    ASSERT_TRUE(searched.has_value());
                    EXPECT_EQ(searched->largest, largest_of(found, limit));
                    EXPECT_EQ(searched->keys, found.size());
                    EXPECT_EQ(searched->total, all.total);
                    EXPECT_EQ(searched->late, all.late);
                }
            }
        clock().advance(Duration{97'300});
    }
    EXPECT_EQ(store().top_counts({at(0, 1), at(10)}, {}).error().reason, "window-unaligned");
}

TEST_P(StoreContract, unaligned_and_overlong_ranges_are_refused) {
    for (const TimeRange range : {TimeRange{at(0, 1), at(10)}, TimeRange{at(0), at(10, 999)}}) {
        EXPECT_EQ(store().window_counts(range).error().reason, "window-unaligned");
        EXPECT_EQ(store().panes(range).error().reason, "window-unaligned");
    }
    EXPECT_EQ(store().panes({at(0), at(3601)}).error().reason, "range-too-long");
    EXPECT_TRUE(store().panes({at(0), at(3600)}).has_value());
}

TEST_P(StoreContract, as_of_rises_with_each_commit_and_is_what_counts_and_scans_saw) {
    EXPECT_EQ(store().has_positions(), can().positions);
    if (!can().positions) GTEST_SKIP() << "commits are not numbered";
    commit(BatchMaker("b1", now_).add({"run-1", now_}).make());
    const std::uint64_t first = counts({now_, now_ + Duration{1000}}).as_of;
    commit(BatchMaker("b2", now_).add({"run-2", now_}).make());
    const std::uint64_t second = counts({now_, now_ + Duration{1000}}).as_of;
    EXPECT_LT(first, second);
    EXPECT_EQ(ids(all_, first), (std::vector<std::string>{"run-1"}));
    EXPECT_EQ(ids(all_, second), (std::vector<std::string>{"run-1", "run-2"}));
    EXPECT_EQ(ids(all_, 0), std::vector<std::string>{});
    EXPECT_EQ(store().scan({all_, {}, {}}, [](const EventView&) { return Visit::next; })->as_of, second);
    EXPECT_EQ(store().scan({all_, first, {}}, [](const EventView&) { return Visit::next; })->as_of, first);
}

TEST_P(StoreContract, a_scan_gives_the_original_lines_in_the_order_of_their_commit) {
    const TestEvent late{"run-1", at(5000, 1), "A"}, early{"run-2", at(10), "B"},
        middle{"run-3", at(3000), "C"};
    commit(BatchMaker("b1", now_).add(late).add(early).make());
    commit(BatchMaker("b2", now_).add(middle).make());
    EXPECT_EQ(lines(all_), in_scan_order({json_line(late), json_line(early), json_line(middle)}));
    EXPECT_EQ(lines({at(10), at(3000)}), (std::vector<std::string>{json_line(early)}));
    EXPECT_EQ(lines({at(3000), at(5000, 1)}), (std::vector<std::string>{json_line(middle)}));
    EXPECT_EQ(lines({at(3000), at(5000, 2)}), in_scan_order({json_line(late), json_line(middle)}));
    EXPECT_EQ(lines({at(10, 1), at(3000)}), std::vector<std::string>{});
    EXPECT_EQ(lines({at(3000), at(10)}), std::vector<std::string>{});
}

TEST_P(StoreContract, csv_lines_are_scanned_as_the_json_objects_that_stand_for_them) {
    commit_group({BatchMaker("b1", now_, LineFormat::csv)
                      .add({"run-1", now_, "St. Lawrence"})
                      .add({"run-2", now_, "two\nlines"})
                      .make(),
                  BatchMaker("b2", now_).add({"run-3", now_, "Ulster"}).make()});
    const auto found = lines(all_);
    ASSERT_EQ(found.size(), 3U);
    const auto time = format_rfc3339(now_);
    EXPECT_EQ(nlohmann::json::parse(found[0]),
              (nlohmann::json{{"event_id", "run-1"}, {"ts", time}, {"County", "St. Lawrence"}}));
    EXPECT_EQ(nlohmann::json::parse(found[1]),
              (nlohmann::json{{"event_id", "run-2"}, {"ts", time}, {"County", "two\nlines"}}));
    EXPECT_EQ(found[1].find('\n'), std::string::npos);
    EXPECT_EQ(found[2], json_line({"run-3", now_, "Ulster"}));
    EXPECT_EQ(counts({now_, now_ + Duration{1000}}).counts,
              (KeyCounts{{"St. Lawrence", 1}, {"Ulster", 1}, {"two\nlines", 1}}));
}

TEST_P(StoreContract, a_scan_goes_on_from_wherever_it_was_stopped) {
    std::uint64_t sequence = 0;
    for (int group = 0; group < 4; ++group) {
        std::vector<Batch> batches;
        for (int b = 0; b < 3; ++b) {
            BatchMaker maker("b" + std::to_string(group) + "-" + std::to_string(b), now_);
            for (int i = 0; i < 3; ++i, ++sequence)  // every fourth lies outside of the range
                maker.add({format_event_id("run", sequence),
                           sequence % 4 == 0 ? at(50'000) : at(static_cast<std::int64_t>(sequence))});
            batches.push_back(maker.make());
        }
        commit_group(std::move(batches));
    }
    const TimeRange range{at(0), at(1000)};
    std::vector<std::string> expected;
    const auto whole = store().scan({range, {}, {}}, [&](const EventView& event) {
        expected.emplace_back(event.event_id);
        return Visit::next;
    });
    ASSERT_FALSE(whole->next.has_value());
    ASSERT_EQ(expected.size(), 27U);
    for (std::size_t stop = 0; stop <= expected.size(); ++stop) {
        std::vector<std::string> found;
        const auto first = store().scan({range, {}, {}}, [&](const EventView& event) {
            if (found.size() == stop) return Visit::stop;
            found.emplace_back(event.event_id);
            return Visit::next;
        });
        ASSERT_EQ(first->next.has_value(), stop < expected.size());
        if (first->next) {
            const auto cursor = parse_cursor(format_cursor(*first->next));
            ASSERT_EQ(*cursor, *first->next);
            reopen();
            const auto rest = store().scan({range, first->as_of, *cursor}, [&](const EventView& event) {
                found.emplace_back(event.event_id);
                return Visit::next;
            });
            EXPECT_FALSE(rest->next.has_value());
        }
        EXPECT_EQ(found, expected);
    }
}

AggregateRow row(Timestamp window_end, std::uint64_t total, const std::string& run_id = {}) {
    AggregateRow row;
    row.view = "county-5m";
    row.window_end = window_end;
    row.window_start = window_end - minutes{5};
    row.total = total;
    if (total > 0) row.counts = {{"Delaware", total - 1}, {"St. Lawrence", 1}};
    row.late = 3;
    row.revision = 2;
    row.final = total % 2 == 0;
    row.run_id = run_id;
    row.computed_at = window_end + Duration{1234};
    row.as_of = 17;
    return row;
}

TEST_P(StoreContract, rows_are_found_by_window_and_by_run) {
    EXPECT_EQ(*store().latest_row(), std::nullopt);
    EXPECT_EQ(*store().row_at(at(600)), std::nullopt);
    EXPECT_EQ(*store().row_of_run("r1"), std::nullopt);
    AggregateRow other_view = row(at(9000), 9);
    other_view.view = "county-10m";
    const std::vector<AggregateRow> written{
        row(at(660), 20),      row(at(600), 10),       row(at(720), 30), row(at(7200), 5, "r1"),
        row(at(600), 6, "r1"), row(at(600), 7, "r12"), other_view};
    ASSERT_TRUE(store().put_rows(written, {}).has_value());
    EXPECT_EQ(*store().latest_row(), row(at(720), 30));
    EXPECT_EQ(*store().row_at(at(600)), row(at(600), 10));
    EXPECT_EQ(*store().row_at(at(9000)), std::nullopt);
    EXPECT_EQ(*store().row_of_run("r1"), row(at(7200), 5, "r1"));
    EXPECT_EQ(*store().row_of_run("r12"), row(at(600), 7, "r12"));
    EXPECT_EQ(*store().row_of_run("r"), std::nullopt);
    EXPECT_EQ(*store().rows({at(600), at(720)}, 10),
              (std::vector<AggregateRow>{row(at(600), 10), row(at(660), 20)}));
    EXPECT_EQ(*store().rows({at(601), at(99'999)}, 1), (std::vector<AggregateRow>{row(at(660), 20)}));
    EXPECT_EQ(*store().rows({at(720), at(600)}, 10), std::vector<AggregateRow>{});

    const std::vector<AggregateRow> again{row(at(600), 11), row(at(600), 8, "r12")};
    ASSERT_TRUE(store().put_rows(again, {}).has_value());
    EXPECT_EQ(*store().row_at(at(600)), row(at(600), 11));
    EXPECT_EQ(*store().row_of_run("r12"), row(at(600), 8, "r12"));
    EXPECT_EQ(store().rows(all_, 10)->size(), 3U);
}

TEST_P(StoreContract, dead_letters_are_kept_whole_and_paged_by_id) {
    std::vector<DeadLetter> expected;
    for (int i = 0; i < 5; ++i) {
        const Timestamp received = now_ + Duration{i * 1000};
        const Batch batch = BatchMaker("b" + std::to_string(i), received)
                                .reject(std::string("\0\xFF{", 3), RejectReason::invalid_utf8)
                                .reject("{\"event_id\":7}", RejectReason::event_id_invalid)
                                .make();
        commit(batch);
        for (DeadLetter letter : batch.rejected) {
            letter.id = expected.size() + 1;
            expected.push_back(letter);
        }
    }
    if (!can().consecutive_letters) {
        const auto found = store().dead_letters(all_, 0, 100)->letters;
        ASSERT_EQ(found.size(), expected.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
            EXPECT_GT(found[i].id, i == 0 ? 0 : found[i - 1].id);
            expected[i].id = found[i].id;
        }
    }
    EXPECT_EQ(store().dead_letters(all_, 0, 100)->letters, expected);
    EXPECT_EQ(store().dead_letters(all_, 0, 100)->next, std::nullopt);
    for (std::size_t limit = 1; limit <= 11; ++limit) {
        std::vector<DeadLetter> found;
        std::optional<std::uint64_t> after = 0;
        while (after) {
            const auto page = store().dead_letters(all_, *after, limit);
            EXPECT_LE(page->letters.size(), limit);
            found.insert(found.end(), page->letters.begin(), page->letters.end());
            ASSERT_NE(page->next, after);
            after = page->next;
        }
        EXPECT_EQ(found, expected);
    }
    const auto between = store().dead_letters({now_ + Duration{1000}, now_ + Duration{3000}}, 0, 100);
    EXPECT_EQ(between->letters, (std::vector<DeadLetter>(expected.begin() + 2, expected.begin() + 6)));
    EXPECT_EQ(between->next, std::nullopt);
}

TEST_P(StoreContract, a_page_of_dead_letters_ends_before_it_is_too_large) {
    BatchMaker maker("b1", now_);
    for (int i = 0; i < 5; ++i)
        maker.reject(std::string(max_dead_letter_page_bytes / 3, 'x'));
    commit(maker.make());
    const auto page = store().dead_letters(all_, 0, 100);
    ASSERT_EQ(page->letters.size(), 3U);
    ASSERT_EQ(page->next, page->letters.back().id);
    EXPECT_EQ(store().dead_letters(all_, *page->next, 100)->letters.size(), 2U);
}

TEST_P(StoreContract, touched_panes_are_dirty_until_cleared_unless_they_changed_meanwhile) {
    const std::size_t a_mark = can().dirty_by_pane ? 1 : 60;  // panes that are marked together
    commit(BatchMaker("b1", now_).add({"run-1", at(100, 7)}).add({"run-2", at(200)}).reject("x").make());
    const auto first = dirty();
    ASSERT_EQ(first.size(), 2 * a_mark);
    const auto versions_of = [](const std::vector<DirtyPane>& panes, Timestamp pane) {
        std::vector<std::uint64_t> versions;
        for (const DirtyPane& found : panes)
            if (found.pane == pane) versions.push_back(found.version);
        return versions;
    };
    ASSERT_EQ(versions_of(first, at(100)).size(), 1U);
    ASSERT_EQ(versions_of(first, at(200)).size(), 1U);
    const Timestamp duplicate = can().dedups_across_batches ? at(100) : at(200, 1);
    commit(BatchMaker("b2", now_).add({"run-1", duplicate}).add({"run-3", at(200, 999)}).make());
    const std::vector<AggregateRow> rows{row(at(300), 2)};
    ASSERT_TRUE(store().put_rows(rows, first).has_value());
    const auto second = dirty();
    ASSERT_EQ(second.size(), a_mark);
    ASSERT_EQ(versions_of(second, at(200)).size(), 1U);
    EXPECT_NE(versions_of(second, at(200)), versions_of(first, at(200)));
    if (a_mark > 1) {  // a mark of several panes goes when all of them are cleared
        ASSERT_TRUE(store().put_rows({}, std::span(second).first(a_mark - 1)).has_value());
        EXPECT_EQ(dirty().size(), a_mark);
    }
    ASSERT_TRUE(store().put_rows({}, second).has_value());
    EXPECT_TRUE(dirty().empty());
    EXPECT_EQ(*store().row_at(at(300)), rows[0]);
}

TEST_P(StoreContract, what_is_old_enough_is_dropped_and_nothing_else) {
    if (!can().drops) GTEST_SKIP() << "the time to live drops what is old";
    const Timestamp old = now_ - hours{200}, middle = now_ - hours{100};
    const auto batch = [&](const std::string& id, Timestamp time) {
        return BatchMaker(id, time)
            .add({id + "-1", time, "A"})
            .add({id + "-2", time + minutes{1}, "B"})
            .reject("bad " + id)
            .make();
    };
    const std::vector<Timestamp> times{old, middle, now_};
    for (std::size_t i = 0; i < times.size(); ++i) {
        clock().set(times[i]);
        commit(batch("b" + std::to_string(i), times[i]));
        const std::vector<AggregateRow> rows{row(times[i], i + 1),
                                             row(times[i], i + 1, "run" + std::to_string(i))};
        ASSERT_TRUE(store().put_rows(rows, {}).has_value());
    }
    const Ledger before = ledger();
    ASSERT_TRUE(store().drop_before(middle).has_value());
    EXPECT_EQ(ids(all_), (std::vector<std::string>{"b1-1", "b1-2", "b2-1", "b2-2"}));
    EXPECT_EQ(counts({old, now_ + hours{1}}).total, 4U);
    EXPECT_EQ(store().panes({old, old + minutes{5}})->size(), 0U);
    EXPECT_EQ(store().panes({middle, middle + minutes{5}})->size(), 2U);
    EXPECT_EQ(*store().row_at(old), std::nullopt);
    EXPECT_EQ(*store().row_at(middle), row(middle, 2));
    EXPECT_EQ(*store().row_of_run("run0"), std::nullopt);
    EXPECT_EQ(*store().row_of_run("run1"), row(middle, 2, "run1"));
    const auto letters = store().dead_letters(all_, 0, 10)->letters;
    ASSERT_EQ(letters.size(), 2U);
    EXPECT_EQ(letters[0].id, 2U);
    EXPECT_EQ(store().dirty_panes()->size(), 4U);
    EXPECT_EQ(ledger(), before);
    EXPECT_TRUE(commit(batch("b1", middle)).replayed);
    EXPECT_FALSE(commit(BatchMaker("b0", now_).add({"x-1", now_}).make()).replayed);

    ASSERT_TRUE(store().drop_before(now_ + hours{2}).has_value());
    EXPECT_TRUE(ids(all_).empty());
    EXPECT_EQ(*store().latest_row(), std::nullopt);
    EXPECT_TRUE(store().dirty_panes()->empty());
    commit(batch("after", now_ + hours{3}));
    EXPECT_EQ(ids(all_), (std::vector<std::string>{"after-1", "after-2"}));
    EXPECT_EQ(store().dead_letters(all_, 0, 10)->letters.at(0).id, 4U);  // an id is never given twice
}

TEST_P(StoreContract, an_event_is_kept_until_its_ts_is_old_too) {
    if (!can().drops) GTEST_SKIP() << "the time to live drops what is old";
    commit(BatchMaker("b1", now_).add({"run-1", now_ + minutes{1}}).make());
    ASSERT_TRUE(store().drop_before(now_ + Duration{1}).has_value());
    EXPECT_EQ(ids(all_).size(), 1U);
    ASSERT_TRUE(store().drop_before(now_ + minutes{1} + Duration{1}).has_value());
    EXPECT_EQ(ids(all_).size(), 0U);
}

TEST(Cursor, reads_back_what_it_writes_and_nothing_else) {
    EXPECT_EQ(*parse_cursor(format_cursor({~std::uint64_t{0}, 7})), (ScanCursor{~std::uint64_t{0}, 7}));
    for (const char* bad :
         {"", ".", "1", "1.", ".1", "1.2.3", "-1.2", "1.2 ", "a.b", "99999999999999999999.1"})
        EXPECT_EQ(parse_cursor(bad).error().reason, "cursor-invalid") << bad;
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract,
                         testing::Values("memory", "rocks", "rocks_reopened", "dynamo_rows", "dynamo_blocks",
                                         "dynamo_live", "dynamo_live_blocks"),
                         [](const auto& kind) { return kind.param; });

}  // namespace
}  // namespace weir::test

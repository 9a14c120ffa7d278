// Reading the DynamoDB store: pages, limits of items, and what is expired.
#include <set>

#include "dynamo_fixture.h"
#include "store/dynamo/delta_items.h"
#include "store/dynamo/keys.h"
#include "store/dynamo/row_items.h"

namespace weir::test {
namespace {

using std::chrono::hours;

constexpr TimeRange always{min_timestamp, max_timestamp};

AggregateRow some_row(Timestamp end, std::uint64_t as_of, std::size_t keys = 2) {
    AggregateRow row;
    row.view = "county-5m";
    row.window_start = end - std::chrono::minutes{5};
    row.window_end = end;
    for (std::size_t i = 0; i < keys; ++i) {
        row.counts["key " + std::to_string(i) + std::string(keys > 100 ? 200 : 0, 'k')] = i + 1;
        row.total += i + 1;
    }
    row.computed_at = end + Duration{1500};
    row.as_of = as_of;
    return row;
}

TEST(DynamoRead, partitions_of_many_pages_are_read_to_their_end_and_gone_on_with_anywhere) {
    for (const Layout layout : {Layout::rows, Layout::blocks}) {
        DynamoFixture fixture(dynamo_options(layout));
        BatchMaker maker("b1", at(3600));
        for (std::uint64_t i = 0; i < 12; ++i)  // of some 300 KB each: more than two pages
            maker.add({format_event_id("run", 100 + i), at(3000), "Delaware"});
        Batch batch = maker.make();
        batch.text.clear();
        for (std::size_t i = 0; i < batch.events.size(); ++i) {
            const std::string line = R"({"event_id":"run-)" + std::to_string(100 + i) +
                                     R"(","ts":"2026-11-24T00:50:00.000Z","County":"Delaware","x":")" +
                                     random_letters(300'000, static_cast<std::uint32_t>(i)) + "\"}";
            batch.events[i].offset = static_cast<std::uint32_t>(batch.text.size());
            batch.events[i].length = static_cast<std::uint32_t>(line.size());
            batch.text += line + "\n";
        }
        ASSERT_TRUE(fixture.commit_one(batch).has_value());
        const auto expected = fixture.ids();
        ASSERT_EQ(expected.size(), 12U);
        for (std::size_t stop = 0; stop < expected.size(); ++stop) {
            std::vector<std::string> found;
            const auto first = fixture.store().scan({always, {}, {}}, [&](const EventView& event) {
                if (found.size() == stop) return Visit::stop;
                found.emplace_back(event.event_id);
                return Visit::next;
            });
            ASSERT_TRUE(first->next.has_value());
            const auto rest = fixture.store().scan({always, {}, first->next}, [&](const EventView& event) {
                found.emplace_back(event.event_id);
                return Visit::next;
            });
            EXPECT_FALSE(rest->next.has_value());
            EXPECT_EQ(found, expected);
        }
    }
}

TEST(DynamoRead, events_and_dead_letters_larger_than_an_item_are_kept_whole) {
    for (const Layout layout : {Layout::rows, Layout::blocks}) {
        DynamoFixture fixture(dynamo_options(layout));
        const std::string line = R"({"event_id":"run-1","ts":"2026-11-24T00:50:00.000Z","County":"A","x":")" +
                                 random_letters(900'000) + "\"}";
        Batch batch = BatchMaker("b1", at(3600))
                          .add({"run-1", at(3000), "A"})
                          .add({"run-2", at(3000), "A"})
                          .reject(random_letters(1'000'000, 7))
                          .reject(std::string(1'000'000, 'x'))
                          .make();
        batch.events[0].offset = static_cast<std::uint32_t>(batch.text.size());
        batch.events[0].length = static_cast<std::uint32_t>(line.size());
        batch.text += line;
        const auto verdict = fixture.commit_one(batch);
        ASSERT_TRUE(verdict.has_value()) << verdict.error().message;
        std::vector<std::string> lines;
        const auto visit = [&](const EventView& event) {
            lines.emplace_back(event.line);
            return Visit::next;
        };
        ASSERT_TRUE(fixture.store().scan({always, {}, {}}, visit).has_value());
        std::sort(lines.begin(), lines.end(),
                  [](const auto& a, const auto& b) { return a.size() > b.size(); });
        ASSERT_EQ(lines.size(), 2U);
        EXPECT_EQ(lines[0], line);
        const auto page = fixture.store().dead_letters(always, 0, 10);
        ASSERT_TRUE(page.has_value()) << page.error().message;
        ASSERT_EQ(page->letters.size(), 2U);
        EXPECT_EQ(page->letters[0].bytes, batch.rejected[0].bytes);
        EXPECT_EQ(page->letters[1].bytes, batch.rejected[1].bytes);

        // A part that is missing: the batch is on its way, or its time is over. Never a wrong line.
        fixture.db.alter("events", [](FakeDynamoDb::Table& items) {
            std::erase_if(items, [](const auto& entry) { return entry.second.contains("part"); });
        });
        lines.clear();
        ASSERT_TRUE(fixture.store().scan({always, {}, {}}, visit).has_value());
        EXPECT_EQ(lines.size(), 1U);
        EXPECT_EQ(fixture.store().dead_letters(always, 0, 10)->letters.size(), 1U);
    }
}

// A record of a stream may be empty, or hold anything.
TEST(DynamoRead, dead_letters_come_back_whatever_their_bytes_are) {
    DynamoFixture fixture;
    const std::string binary("\xff\xfe\0\n", 4);
    for (const std::string& bytes : {std::string(), binary})
        fixture.must_commit(BatchMaker("b" + std::to_string(bytes.size()), at(3600))
                                .reject(bytes, RejectReason::message_refused)
                                .make());
    const auto page = fixture.store().dead_letters(always, 0, 10);
    ASSERT_TRUE(page.has_value()) << page.error().message;
    std::multiset<std::string> found;
    for (const DeadLetter& letter : page->letters) {
        EXPECT_EQ(letter.reason, RejectReason::message_refused);
        found.insert(letter.bytes);
    }
    EXPECT_EQ(found, (std::multiset<std::string>{"", binary}));
    EXPECT_EQ(fixture.store().ledger()->rejected, 2U);
}

TEST(DynamoRead, counts_larger_than_an_item_are_spread_over_several) {
    DynamoFixture fixture;
    BatchMaker maker("b1", at(3600));
    for (std::uint64_t i = 0; i < 4000; ++i)
        maker.add({format_event_id("run", i), at(3000 + static_cast<std::int64_t>(i % 3)),
                   std::to_string(i) + std::string(250, 'k')});
    ASSERT_TRUE(fixture.commit_one(maker.make()).has_value());
    EXPECT_GT(fixture.items("D#2026-11-24T00:50").size(), 2U);
    const auto counts = fixture.store().window_counts({at(3000), at(3003)});
    EXPECT_EQ(counts->counts.size(), 4000U);
    EXPECT_EQ(counts->total, 4000U);
    EXPECT_EQ(counts->late, 4000U);
    EXPECT_EQ(fixture.store().window_counts({at(3000), at(3001)})->late, 1334U);
}

TEST(DynamoRead, a_row_larger_than_an_item_is_put_together_again) {
    DynamoFixture fixture;
    const AggregateRow large = some_row(at(3000), 5, 5000);
    ASSERT_TRUE(fixture.store().put_rows({&large, 1}, {}).has_value());
    EXPECT_EQ(fixture.aggregates().size(), 3U);
    EXPECT_EQ(*fixture.store().row_at(at(3000)), large);
    EXPECT_EQ(*fixture.store().latest_row(), large);
    // A newer one over it, and then an older one that comes late.
    AggregateRow newer = some_row(at(3000), 9, 4000);
    newer.revision = 1;
    AggregateRow older = some_row(at(3000), 6, 4500);
    ASSERT_TRUE(fixture.store().put_rows({&newer, 1}, {}).has_value());
    ASSERT_TRUE(fixture.store().put_rows({&older, 1}, {}).has_value());
    EXPECT_EQ(*fixture.store().row_at(at(3000)), newer);
    fixture.db.alter("aggregates", [](FakeDynamoDb::Table& items) {
        std::erase_if(items, [](const auto& entry) { return entry.first.second.ends_with("#001"); });
    });
    EXPECT_EQ(fixture.store().row_at(at(3000)).error().reason, "item-unreadable");
}

TEST(DynamoRead, a_row_is_never_written_over_by_one_that_was_counted_before_it) {
    DynamoFixture fixture;
    AggregateRow first = some_row(at(3000), 10), older = some_row(at(3000), 9), same = some_row(at(3000), 10);
    older.revision = 1;
    same.revision = 2;
    ASSERT_TRUE(fixture.store().put_rows({&first, 1}, {}).has_value());
    ASSERT_TRUE(fixture.store().put_rows({&older, 1}, {}).has_value());
    EXPECT_EQ(*fixture.store().row_at(at(3000)), first);
    ASSERT_TRUE(fixture.store().put_rows({&same, 1}, {}).has_value());
    EXPECT_EQ(*fixture.store().row_at(at(3000)), same);
}

TEST(DynamoRead, a_row_is_readable_by_anyone) {
    DynamoFixture fixture;
    AggregateRow row = some_row(at(3000), 10);
    row.final = true;
    ASSERT_TRUE(fixture.store().put_rows({&row, 1}, {}).has_value());
    const auto item = fixture.aggregates().at({"county-5m", "2026-11-24T00:50:00.000Z"});
    EXPECT_EQ(aws::text_of(item, "updated"), "2026-11-24T00:50:00.000Z");
    EXPECT_EQ(aws::text_of(item, "window_start"), "2026-11-24T00:45:00.000Z");
    EXPECT_EQ(aws::number_of(item, "total"), 3);
    EXPECT_EQ(aws::number_of(std::get<aws::AttributeMap>(item.at("counts").value), "key 1"), 2);
    EXPECT_EQ(item.at("final"), aws::Attribute{true});
    EXPECT_FALSE(item.contains("run_id"));
}

// The table's time to live deletes late: what is expired is passed over.
TEST(DynamoRead, what_is_expired_is_not_there) {
    for (const Layout layout : {Layout::rows, Layout::blocks}) {
        DynamoFixture fixture(dynamo_options(layout));
        const Timestamp old = at(3570);
        fixture.must_commit(
            BatchMaker("b1", at(3600)).add({"run-1", old}).add({"run-2", old}).reject("{").make());
        const AggregateRow row = some_row(at(3600), 1);
        ASSERT_TRUE(fixture.store().put_rows({&row, 1}, {}).has_value());
        fixture.clock.set(at(4000));
        fixture.must_commit(BatchMaker("b2", at(4000)).add({"run-3", old}).make());
        EXPECT_EQ(fixture.ids().size(), 3U);
        EXPECT_FALSE(fixture.store().dirty_panes()->empty());
        // One second before everything of that minute is over: all is there.
        const Duration kept = fixture.options.retention + dynamo::expiry_margin;
        fixture.clock.set(old + kept - Duration{1});
        EXPECT_EQ(fixture.store()
                      .scan({{old, old + Duration{1}}, {}, {}}, [](const auto&) { return Visit::next; })
                      .has_value(),
                  true);
        EXPECT_EQ(fixture.store().window_counts({at(3540), at(3600)})->total, 3U);
        EXPECT_EQ(fixture.ids({at(3540), at(3600)}).size(), 3U);
        fixture.clock.set(at(3600) + kept);
        EXPECT_EQ(fixture.store().window_counts({at(3540), at(3600)})->total, 0U);
        EXPECT_TRUE(fixture.ids({at(3540), at(3600)}).empty());
        EXPECT_EQ(*fixture.store().row_at(at(3600)), std::nullopt);
        EXPECT_EQ(*fixture.store().latest_row(), std::nullopt);
        EXPECT_TRUE(fixture.store().rows(always, 10)->empty());
        EXPECT_TRUE(fixture.store().dirty_panes()->empty());
        EXPECT_TRUE(fixture.store().dead_letters(always, 0, 10)->letters.empty());
        EXPECT_EQ(*fixture.store().ledger(), Ledger{});
    }
}

TEST(DynamoRead, a_page_of_dead_letters_never_ends_between_equal_ids) {
    DynamoFixture fixture;
    // Two letters get one id: the second batch's item is moved onto the first one's id.
    fixture.must_commit(BatchMaker("b1", at(3600)).reject("first").make());
    fixture.must_commit(BatchMaker("b2", at(3601)).reject("later").make());
    fixture.db.alter("events", [](FakeDynamoDb::Table& items) {
        for (const auto& [key, item] : FakeDynamoDb::Table(items))
            if (key.first.starts_with("X#") && key.second.find("#b1#") != std::string::npos) {
                aws::Item twin = item;
                twin["sk"] = aws::text(key.second + "x");
                items[{key.first, key.second + "x"}] = twin;
            }
    });
    const auto page = fixture.store().dead_letters(always, 0, 1);
    ASSERT_EQ(page->letters.size(), 2U);
    ASSERT_TRUE(page->next.has_value());
    const auto rest = fixture.store().dead_letters(always, *page->next, 1);
    ASSERT_EQ(rest->letters.size(), 1U);
    EXPECT_EQ(rest->letters[0].bytes, "later");
    EXPECT_FALSE(rest->next.has_value());
}

TEST(DynamoRead, everything_is_read_consistently_and_failures_are_told) {
    DynamoFixture fixture;
    fixture.must_commit(BatchMaker("b1", at(3600)).add({"run-1", at(3600)}).reject("{").make());
    const auto read_all = [&] {
        const auto next = [](const EventView&) { return Visit::next; };
        return std::vector<bool>{fixture.store().window_counts({at(3000), at(3660)}).has_value(),
                                 fixture.store().panes({at(3000), at(3660)}).has_value(),
                                 fixture.store().scan({always, {}, {}}, next).has_value(),
                                 fixture.store().latest_row().has_value(),
                                 fixture.store().rows(always, 5).has_value(),
                                 fixture.store().dead_letters(always, 0, 5).has_value(),
                                 fixture.store().ledger().has_value(),
                                 fixture.store().dirty_panes().has_value()};
    };
    EXPECT_EQ(read_all(), std::vector<bool>(8, true));
    EXPECT_EQ(fixture.db.inconsistent_reads(), 0U);
    fixture.db.set_query_fault([](const aws::QueryRequest&) {
        return std::optional<Error>({ErrorCode::overloaded, "ThrottlingException", "slow down", ""});
    });
    EXPECT_EQ(read_all(), std::vector<bool>(8, false));
}

TEST(DynamoRead, an_item_that_another_program_altered_is_an_error_and_never_skipped) {
    for (const Layout layout : {Layout::rows, Layout::blocks}) {
        DynamoFixture fixture(dynamo_options(layout));
        fixture.must_commit(BatchMaker("b1", at(3600)).add({"run-1", at(3600)}).make());
        fixture.db.alter("events", [](FakeDynamoDb::Table& items) {
            for (auto& [key, item] : items) {
                if (item.contains("line")) item["line"] = aws::text("{\"event_id\":");
                if (item.contains("block")) item["block"] = aws::binary("no zstd");
                if (item.contains("counts")) item["counts"] = aws::text("{}");
            }
        });
        EXPECT_EQ(fixture.store().window_counts({at(3600), at(3601)}).error().code, ErrorCode::storage);
        EXPECT_EQ(
            fixture.store().scan({always, {}, {}}, [](const auto&) { return Visit::next; }).error().code,
            ErrorCode::storage);
    }
}

}  // namespace
}  // namespace weir::test

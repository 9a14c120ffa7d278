// Committing on DynamoDB: whatever part of a batch was written, writing it again ends in the same tables.
#include "dynamo_fixture.h"

namespace weir::test {
namespace {

using std::chrono::minutes;

// Events in several minutes, on time and late, duplicates and rejected lines.
Batch mixed_batch(LineFormat format, Timestamp received_at) {
    BatchMaker maker("mixed", received_at, format);
    for (int i = 0; i < 70; ++i)
        maker.add({format_event_id("run", static_cast<std::uint64_t>(i)), received_at - Duration{i * 4'000},
                   i % 3 == 0 ? "Delaware" : "St. Lawrence"});
    maker.add({"run-000000", received_at}).add({"other-1", received_at + Duration{5'000}, "Ulster"});
    for (int i = 0; i < 3; ++i)
        maker.reject("{bad " + std::to_string(i));
    return maker.make();
}

// All items, but for what is random by design: the versions of dirty marks.
FakeDynamoDb::Table comparable(const DynamoFixture& fixture) {
    FakeDynamoDb::Table items = fixture.events();
    for (auto& [key, item] : items)
        if (key.first == "DIRTY") item.erase("version");
    return items;
}

struct Case {
    Layout layout;
    LineFormat format;
    bool unique;   // the id is the message's own: no marker
    bool applied;  // the failing write is done all the same
};

class DynamoCrash : public testing::TestWithParam<Case> {};

TEST_P(DynamoCrash, a_batch_that_died_at_any_write_and_comes_again_is_as_if_it_had_come_once) {
    DynamoOptions options = dynamo_options(GetParam().layout);
    options.connections = 1;
    Batch batch = mixed_batch(GetParam().format, at(3590));
    batch.id_is_unique = GetParam().unique;

    DynamoFixture undisturbed(options);
    undisturbed.store();
    undisturbed.db.crash_at(0, false);
    const auto verdict = undisturbed.commit_one(batch);
    ASSERT_EQ(verdict->stored, 71U);
    ASSERT_EQ(verdict->duplicates, 1U);
    ASSERT_EQ(verdict->rejected, 3U);
    ASSERT_GT(verdict->late, 0U);
    const auto expected = comparable(undisturbed);
    const std::uint64_t writes = undisturbed.db.writes();
    ASSERT_GT(writes, 10U);

    for (std::uint64_t k = 1; k <= writes; ++k) {
        SCOPED_TRACE(k);
        DynamoFixture fixture(options);
        fixture.store();
        fixture.db.crash_at(k, GetParam().applied);
        EXPECT_FALSE(fixture.commit_one(batch).has_value());
        EXPECT_TRUE(fixture.db.crashed());
        // Whatever is counted can be recounted, and what must be counted again has been counted.
        const auto all_of = [&](const char* prefix) {
            return fixture.items(prefix).size() == undisturbed.items(prefix).size();
        };
        EXPECT_TRUE(fixture.items("D#").empty() || (all_of("E#") && all_of("X#")));
        EXPECT_TRUE(fixture.items("DIRTY").empty() || all_of("D#"));
        EXPECT_TRUE(GetParam().unique || fixture.items("E#").empty() || all_of("B#"));
        fixture.db.heal();
        fixture.reopen();
        auto again = fixture.commit_one(batch);
        ASSERT_TRUE(again.has_value()) << again.error().message;
        again->replayed = false;
        EXPECT_EQ(*again, *verdict);
        EXPECT_EQ(comparable(fixture), expected);
    }
}

TEST_P(DynamoCrash, writing_a_batch_again_changes_nothing) {
    DynamoFixture fixture(dynamo_options(GetParam().layout));
    Batch batch = mixed_batch(GetParam().format, at(3590));
    batch.id_is_unique = GetParam().unique;
    const auto first = fixture.commit_one(batch);
    const auto expected = comparable(fixture);
    const auto second = fixture.commit_one(batch);
    EXPECT_EQ(second->replayed, !GetParam().unique);
    EXPECT_EQ(second->stored, first->stored);
    EXPECT_EQ(comparable(fixture), expected);
}

INSTANTIATE_TEST_SUITE_P(Layouts, DynamoCrash,
                         testing::Values(Case{Layout::rows, LineFormat::ndjson, false, false},
                                         Case{Layout::rows, LineFormat::csv, false, true},
                                         Case{Layout::rows, LineFormat::ndjson, true, false},
                                         Case{Layout::blocks, LineFormat::ndjson, false, true},
                                         Case{Layout::blocks, LineFormat::csv, false, false},
                                         Case{Layout::blocks, LineFormat::csv, true, true}));

// The message is sent again by its producer: another message, another time, the same batch.
TEST(DynamoCommit, a_batch_is_late_by_the_time_it_was_received_first) {
    DynamoFixture fixture;
    const auto batch = [](Timestamp received_at) {
        return BatchMaker("b1", received_at)
            .add({"run-1", at(3590)})
            .add({"run-2", at(3500)})
            .reject("{bad")
            .make();
    };
    const auto first = fixture.commit_one(batch(at(3600)));
    EXPECT_EQ(first->late, 1U);
    const auto before = comparable(fixture);
    fixture.clock.set(at(4000));
    const auto again = fixture.commit_one(batch(at(3999)));
    EXPECT_EQ(again->late, 1U);
    EXPECT_TRUE(again->replayed);
    auto after = comparable(fixture);
    std::erase_if(after, [](const auto& entry) { return entry.first.first == "DIRTY"; });
    auto wanted = before;
    std::erase_if(wanted, [](const auto& entry) { return entry.first.first == "DIRTY"; });
    EXPECT_EQ(after, wanted);
    EXPECT_EQ(*fixture.store().ledger(), (Ledger{3, 2, 0, 1, 1, 1, 0}));
}

TEST(DynamoCommit, a_marker_is_written_unless_the_id_is_unique) {
    DynamoFixture fixture;
    Batch batch = BatchMaker("b1", at(3600)).add({"run-1", at(3600)}).make();
    batch.id_is_unique = true;
    EXPECT_FALSE(fixture.commit_one(batch)->replayed);
    EXPECT_FALSE(fixture.commit_one(batch)->replayed);
    EXPECT_TRUE(fixture.items("B#").empty());
    EXPECT_EQ(fixture.ids().size(), 1U);
    batch.id_is_unique = false;
    batch.batch_id = "b2";
    fixture.must_commit(batch);
    EXPECT_EQ(fixture.items("B#").size(), 1U);
}

TEST(DynamoCommit, a_marker_whose_time_is_over_stands_for_nothing) {
    DynamoFixture fixture;
    fixture.must_commit(BatchMaker("b1", at(3600)).add({"run-1", at(3600)}).make());
    fixture.clock.advance(fixture.options.retention + std::chrono::hours{25});
    const Timestamp now = fixture.clock.now();
    const auto other = fixture.commit_one(BatchMaker("b1", now).add({"run-2", now}).make());
    ASSERT_TRUE(other.has_value()) << other.error().message;
    EXPECT_FALSE(other->replayed);
}

TEST(DynamoCommit, a_batch_whose_items_are_refused_fails_alone) {
    for (const char* stage : {"B#", "E#", "D#", "X#", "DIRTY"}) {
        SCOPED_TRACE(stage);
        DynamoFixture fixture;
        fixture.db.set_write_fault([&](const std::string&, const aws::Item& item) -> std::optional<Error> {
            const std::string pk = aws::text_of(item, "pk"), sk = aws::text_of(item, "sk");
            const bool dirty = std::string(stage) == "DIRTY";
            const bool of_batch =
                dirty ? sk == "2026-11-24T00:50" : pk == "B#bad" || sk.find("bad") != std::string::npos;
            if (!pk.starts_with(stage) || !of_batch) return std::nullopt;
            return Error{ErrorCode::refused, "ValidationException", "poison", ""};
        });
        const auto batch = [](const std::string& id, Timestamp ts) {
            return BatchMaker(id, at(3600)).add({"run-1", ts}).add({"run-2", ts}).reject("{").make();
        };
        const auto answers =
            fixture.commit({batch("good1", at(3100)), batch("bad", at(3010)), batch("good2", at(3200))});
        EXPECT_TRUE(answers[0].has_value());
        ASSERT_FALSE(answers[1].has_value());
        EXPECT_EQ(answers[1].error().reason, "ValidationException");
        EXPECT_TRUE(answers[2].has_value());
        fixture.db.heal();
        EXPECT_TRUE(fixture.commit_one(batch("bad", at(3010))).has_value());
        EXPECT_EQ(*fixture.store().ledger(), (Ledger{9, 6, 0, 3, 6, 3, 0}));
        EXPECT_EQ(fixture.ids().size(), 6U);
    }
}

TEST(DynamoCommit, when_nothing_can_be_written_every_batch_fails_and_nothing_is_tried_twice) {
    DynamoFixture fixture;
    fixture.store();
    fixture.db.crash_at(1, false);
    Batch first = BatchMaker("b1", at(3600)).add({"run-1", at(3600)}).make(), second = first;
    first.id_is_unique = second.id_is_unique = true;
    second.batch_id = "b2";
    for (const auto& answer : fixture.commit({first, second}))
        EXPECT_EQ(answer.error().code, ErrorCode::unreachable);
    EXPECT_EQ(fixture.db.writes(), 1U);
}

TEST(DynamoCommit, an_event_that_comes_in_two_batches_is_stored_and_counted_in_both) {
    for (const Layout layout : {Layout::rows, Layout::blocks}) {
        DynamoOptions options = dynamo_options(layout);
        options.shards = 1;  // both in one partition
        DynamoFixture fixture(options);
        for (const char* id : {"b1", "b2"})
            fixture.must_commit(BatchMaker(id, at(3600)).add({"run-1", at(3600)}).make());
        EXPECT_EQ(fixture.ids(), (std::vector<std::string>{"run-1", "run-1"}));
        EXPECT_EQ(fixture.store().window_counts({at(3600), at(3601)})->total, 2U);
    }
}

TEST(DynamoCommit, ids_that_hold_the_separator_do_not_meet) {
    DynamoFixture fixture;
    fixture.commit({BatchMaker("y#z", at(3600)).add({"x", at(3600)}).make(),
                    BatchMaker("z", at(3600)).add({"x#y", at(3600)}).make(),
                    BatchMaker("z#0001", at(3600)).add({"%23", at(3600)}).add({"#", at(3600)}).make()});
    EXPECT_EQ(fixture.ids().size(), 4U);
    EXPECT_EQ(fixture.store().window_counts({at(3600), at(3601)})->total, 4U);
}

TEST(DynamoCommit, a_change_after_a_row_may_be_final_leaves_a_mark_and_no_other_does) {
    // Windows every 60 s, lateness 30 s: a row over 00:59:30 is final at 01:00:30, give or take 10 s.
    const Batch batch = BatchMaker("b1", at(3590)).add({"run-1", at(3570)}).make();
    for (const auto& [now, marks] : {std::pair{at(3619, 999), 0U}, std::pair{at(3620), 1U}}) {
        DynamoFixture fixture;
        fixture.clock.set(now);
        fixture.must_commit(batch);
        EXPECT_EQ(fixture.items("DIRTY").size(), marks);
    }
}

TEST(DynamoCommit, an_event_more_than_a_day_ahead_is_refused) {
    DynamoFixture fixture;
    const auto batch = [](Timestamp ts) { return BatchMaker("b", at(3600)).add({"run-1", ts}).make(); };
    EXPECT_EQ(fixture.commit_one(batch(at(90'000, 1))).error().reason, "ts-too-far-ahead");
    const Batch good = BatchMaker("c", at(3600)).add({"run-1", at(90'000)}).make();
    ASSERT_TRUE(fixture.commit_one(good).has_value());
    EXPECT_EQ(fixture.ids(), std::vector<std::string>{"run-1"});
}

TEST(DynamoCommit, requests_overlap_up_to_the_number_of_connections) {
    DynamoOptions options = dynamo_options(Layout::rows);
    options.connections = 3;
    DynamoFixture fixture(options);
    fixture.store();
    fixture.db.set_latency(Duration{2});
    std::vector<Batch> group;
    for (int i = 0; i < 12; ++i)
        group.push_back(BatchMaker("b" + std::to_string(i), at(3600)).add({"run-1", at(3600)}).make());
    fixture.commit(group);
    EXPECT_TRUE(fixture.store().window_counts({at(3000), at(3600)}).has_value());
    EXPECT_EQ(fixture.db.most_at_once(), 3U);
}

}  // namespace
}  // namespace weir::test

// Opening the DynamoDB store: what META says, and what is told to whoever is configured otherwise.
#include "dynamo_fixture.h"

namespace weir::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

Error error_of_opening(DynamoFixture& fixture, const DynamoOptions& options) {
    auto opened = open_dynamo_store(fixture.db, options, fixture.clock);
    return opened ? Error{} : opened.error();
}

TEST(DynamoOpen, the_first_writer_says_what_the_tables_are_for) {
    DynamoFixture fixture;
    fixture.reopen();
    const auto meta = fixture.events().at({"META", "META"});
    EXPECT_EQ(aws::text_of(meta, "group_by"), "County");
    EXPECT_EQ(aws::text_of(meta, "view"), "county-5m");
    EXPECT_EQ(aws::number_of(meta, "size"), 300'000);
    EXPECT_EQ(aws::number_of(meta, "shards"), 4);
    EXPECT_FALSE(meta.contains("expires"));
    fixture.clock.advance(hours{1});
    fixture.reopen();
    EXPECT_EQ(fixture.events().at({"META", "META"}), meta);
}

TEST(DynamoOpen, whoever_is_configured_otherwise_is_refused_and_told_both) {
    DynamoFixture fixture;
    fixture.reopen();
    std::vector<DynamoOptions> others(7, fixture.options);
    others[0].identity.group_by = "Owner";
    others[1].identity.view = "other";
    others[2].identity.window.size = minutes{10};
    others[3].identity.window.pane = Duration{10'000};
    others[4].identity.window.slide = Duration{30'000};
    others[5].identity.window.lateness = Duration{60'000};
    others[6].shards = 8;
    for (const DynamoOptions& other : others) {
        const Error error = error_of_opening(fixture, other);
        EXPECT_EQ(error.reason, "store-identity");
        EXPECT_EQ(error.code, ErrorCode::conflict);
    }
    const Error error = error_of_opening(fixture, others[0]);
    EXPECT_NE(error.message.find("group-by County"), std::string::npos) << error.message;
    EXPECT_NE(error.message.find("group-by Owner"), std::string::npos) << error.message;
    EXPECT_FALSE(error.hint.empty());
    DynamoOptions blocks = fixture.options;
    blocks.layout = Layout::blocks;  // both layouts may lie in one table
    EXPECT_TRUE(open_dynamo_store(fixture.db, blocks, fixture.clock).has_value());
}

TEST(DynamoOpen, another_retention_is_written_down) {
    DynamoFixture fixture;
    fixture.reopen();
    fixture.options.retention = hours{48};
    fixture.reopen();
    const auto reader = open_dynamo_reader(fixture.db, "events", "aggregates", fixture.clock);
    ASSERT_TRUE(reader.has_value());
    EXPECT_EQ(reader->retention, hours{48});
}

TEST(DynamoOpen, values_that_cannot_be_are_refused) {
    DynamoFixture fixture;
    DynamoOptions options = fixture.options;
    options.shards = 0;
    EXPECT_EQ(error_of_opening(fixture, options).reason, "shards-invalid");
    options.shards = max_shards + 1;
    EXPECT_EQ(error_of_opening(fixture, options).reason, "shards-invalid");
    options = fixture.options;
    options.identity.window.pane = Duration{7};
    EXPECT_EQ(error_of_opening(fixture, options).reason, "window-invalid");
}

TEST(DynamoOpen, a_missing_table_an_empty_one_and_a_newer_one_are_told_apart) {
    FakeDynamoDb db;
    ManualClock clock(at(3600));
    const DynamoOptions options = dynamo_options(Layout::rows);
    for (int reader = 0; reader < 2; ++reader) {
        const auto opened = open_dynamo_reader(db, "events", "aggregates", clock);
        ASSERT_FALSE(opened.has_value());
        EXPECT_EQ(opened.error().code, ErrorCode::not_found);
        EXPECT_FALSE(opened.error().hint.empty());
    }
    EXPECT_EQ(open_dynamo_store(db, options, clock).error().code, ErrorCode::not_found);
    db.create_table("events");
    EXPECT_EQ(open_dynamo_reader(db, "events", "aggregates", clock).error().reason, "store-empty");
    ASSERT_TRUE(open_dynamo_store(db, options, clock).has_value());
    EXPECT_EQ(open_dynamo_reader(db, "events", "aggregates", clock).error().code, ErrorCode::not_found);
    db.create_table("aggregates");
    ASSERT_TRUE(open_dynamo_reader(db, "events", "aggregates", clock).has_value());
    db.alter("events", [](FakeDynamoDb::Table& items) {
        items.at({"META", "META"})["format"] = aws::number(2);
    });
    EXPECT_EQ(open_dynamo_reader(db, "events", "aggregates", clock).error().reason, "store-newer");
    EXPECT_EQ(open_dynamo_store(db, options, clock).error().reason, "store-newer");
}

TEST(DynamoOpen, a_reader_needs_no_configuration) {
    DynamoFixture fixture(dynamo_options(Layout::blocks));
    fixture.must_commit(BatchMaker("b1", at(3600)).add({"run-1", at(3590), "Ulster"}).make());
    const auto reader = open_dynamo_reader(fixture.db, "events", "aggregates", fixture.clock);
    ASSERT_TRUE(reader.has_value());
    EXPECT_EQ(reader->identity.group_by, "County");
    EXPECT_EQ(reader->identity.view, "county-5m");
    EXPECT_EQ(reader->identity.window, WindowSpec{});
    EXPECT_EQ(reader->shards, 4U);
    EXPECT_EQ(reader->store->window_counts({at(3590), at(3591)})->counts, (KeyCounts{{"Ulster", 1}}));
    EXPECT_FALSE(reader->store->has_positions());
}

// Messages may have waited in the queue before the function first ran.
TEST(DynamoOpen, what_was_received_before_the_first_start_is_found_too) {
    DynamoFixture fixture;
    fixture.reopen();
    const auto reader = open_dynamo_reader(fixture.db, "events", "aggregates", fixture.clock);
    fixture.must_commit(BatchMaker("b1", at(0)).add({"run-1", at(-100)}).reject("{").make());
    EXPECT_EQ(*reader->store->ledger(), (Ledger{2, 1, 0, 1, 1, 1, 0}));
    EXPECT_EQ(reader->store->dead_letters({at(-1000), at(9000)}, 0, 10)->letters.size(), 1U);
}

}  // namespace
}  // namespace weir::test

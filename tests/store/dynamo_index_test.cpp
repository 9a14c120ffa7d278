// What a long range costs to read: the days of the index, and the minutes that hold something.
#include "dynamo_fixture.h"

namespace weir::test {
namespace {

constexpr TimeRange always{min_timestamp, max_timestamp};

TEST(DynamoIndex, a_long_range_asks_only_for_the_minutes_that_hold_something) {
    for (const Layout layout : {Layout::rows, Layout::blocks}) {
        DynamoOptions options = dynamo_options(layout);
        options.retention = std::chrono::hours{24 * 7};
        DynamoFixture fixture(options);
        BatchMaker maker("b1", at(3600));
        for (const std::int64_t seconds : {3000, 3001, 1200, -70'000})  // three minutes of two days
            maker.add({format_event_id("run", static_cast<std::uint64_t>(seconds + 100'000)), at(seconds),
                       "Ulster"});
        ASSERT_TRUE(fixture.commit_one(maker.make()).has_value());
        const std::uint64_t before = fixture.db.queries();
        EXPECT_EQ(fixture.ids().size(), 4U);
        // at most ten days, and four partitions for each of the four minutes (one is that of receipt)
        EXPECT_LE(fixture.db.queries() - before, 10U + 4U * 4U);
        EXPECT_EQ(fixture.store().ledger()->stored, 4U);
        EXPECT_LE(fixture.db.queries() - before, 2 * 10U + 4U * 4U + 4U);
        EXPECT_TRUE(fixture.store().dead_letters(always, 0, 10)->letters.empty());
    }
}

TEST(DynamoIndex, a_minute_is_written_once_by_a_writer_and_again_after_a_failure) {
    DynamoFixture fixture(dynamo_options(Layout::blocks));
    const auto one = [&](const char* id, std::uint64_t sequence) {
        BatchMaker maker(id, at(3600));
        maker.add({format_event_id("run", sequence), at(3000), "Ulster"});
        return maker.make();
    };
    const auto units = [&] { return fixture.db.consumed().write_units; };
    fixture.reopen();  // META is written
    const double start = units();
    ASSERT_TRUE(fixture.commit_one(one("b1", 1)).has_value());
    const double first = units() - start;
    ASSERT_TRUE(fixture.commit_one(one("b2", 2)).has_value());
    EXPECT_EQ(units() - start - first, first - 2);  // the minute of the event, and that of receipt
}

}  // namespace
}  // namespace weir::test

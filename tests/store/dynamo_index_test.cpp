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

TEST(DynamoIndex, a_minute_is_written_once_by_a_writer) {
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

TEST(DynamoIndex, a_minute_that_could_not_be_written_is_written_with_the_next_batch) {
    DynamoFixture fixture;
    fixture.reopen();
    fixture.db.set_write_fault([](const std::string&, const aws::Item& item) -> std::optional<Error> {
        if (!aws::text_of(item, "pk").starts_with("M#")) return std::nullopt;
        return Error{ErrorCode::refused, "ValidationException", "poison", ""};
    });
    EXPECT_FALSE(fixture.commit_one(BatchMaker("b1", at(3600)).add({"run-1", at(3000)}).make()).has_value());
    fixture.db.heal();
    EXPECT_TRUE(fixture.commit_one(BatchMaker("b2", at(3600)).add({"run-2", at(3000)}).make()).has_value());
    EXPECT_EQ(fixture.ids(), (std::vector<std::string>{"run-2"}));  // by the index: the range is long
}

}  // namespace
}  // namespace weir::test

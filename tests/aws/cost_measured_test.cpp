#include "aws/cost_measured.h"

#include <gtest/gtest.h>

#include "price_file.h"

namespace weir::aws {
namespace {

Bill bill_of_hundreds() {
    CostSetting setting;
    setting.rate = 10;
    setting.batch_events = 100;
    setting.linger = Duration{10'000};
    return cost_of(setting, built_in_prices());
}

TEST(MeasuredRun, is_read_from_json_and_needs_events_and_one_thing_more) {
    const Result<MeasuredRun> run =
        parse_measured(R"({"events":5000,"seconds":60,"write_units":5120.5,"read_units":null,"note":"x"})");
    ASSERT_TRUE(run);
    EXPECT_DOUBLE_EQ(run->events, 5000);
    EXPECT_DOUBLE_EQ(*run->write_units, 5120.5);
    EXPECT_FALSE(run->read_units);
    for (const char* wrong :
         {"", "[]", "{}", R"({"events":0,"write_units":1})", R"({"events":"5","write_units":1})",
          R"({"events":5})", R"({"events":5,"seconds":1})", R"({"events":5,"write_units":-1})",
          R"({"events":5,"write_units":"1"})"}) {
        const Result<MeasuredRun> bad = parse_measured(wrong);
        ASSERT_FALSE(bad) << wrong;
        EXPECT_EQ(bad.error().code, ErrorCode::usage);
        EXPECT_EQ(bad.error().reason, "measured-invalid");
    }
}

TEST(MeasuredRun, is_compared_with_the_part_of_the_month_that_it_was) {
    MeasuredRun run;
    run.events = 5000;
    run.messages = 55;
    run.invocations = 40;
    const std::vector<Comparison> lines = compare(bill_of_hundreds(), run);
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0].what, "messages");
    EXPECT_NEAR(lines[0].predicted, 50, 1e-9);
    EXPECT_NEAR(*lines[0].difference, 10, 1e-9);  // 55 instead of 50
    EXPECT_EQ(lines[1].what, "invocations");
}

TEST(MeasuredRun, the_schedule_counts_only_for_the_seconds_that_it_ran) {
    MeasuredRun run;
    run.events = 100;
    run.write_units = 103;
    const Bill bill = bill_of_hundreds();
    const double without = compare(bill, run)[0].predicted;
    run.seconds = 600;  // ten ticks, two rows each, a unit each
    EXPECT_NEAR(compare(bill, run)[0].predicted - without, 20, 1e-9);
    // 100 rows, the marker, and the counts in one or two items of one or two units.
    EXPECT_GT(without, 102);
    EXPECT_LT(without, 104);
}

}  // namespace
}  // namespace weir::aws

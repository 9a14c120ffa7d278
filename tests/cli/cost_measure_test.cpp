#include "cli/cost_measure.h"

#include <gtest/gtest.h>

namespace weir::cli {
namespace {

// Lines as Lambda writes them (Developer Guide, "Lambda function logs") and as weir's functions do.
TEST(CostMeasure, adds_up_what_the_logs_say_and_passes_over_the_rest) {
    aws::MeasuredRun run;
    add_store_log(
        run,
        {"START RequestId: 8f5 Version: $LATEST", "not JSON {", "[1,2]",
         R"({"time":"t","level":"info","message":"messages stored","messages":"10","stored":"1000","events":"1001"})",
         R"({"message":"units consumed","write":"27.5","read":"0"})",
         "REPORT RequestId: 8f5\tDuration: 101.20 ms\tBilled Duration: 102 ms\tMemory Size: 256 MB\tMax "
         "Memory Used: 20 MB",
         R"({"message":"messages stored","messages":"2","stored":"200"})",
         R"({"message":"units consumed","write":2.5,"read":1})",
         "REPORT RequestId: 8f6\tDuration: 1.20 ms\tBilled Duration: 2 ms\tMemory Size: 512 MB\tMax Memory "
         "Used: 20 MB"});
    add_aggregate_log(run,
                      {R"({"message":"units consumed","write":"1","read":"3.5"})", "END RequestId: 8f7"});
    EXPECT_EQ(run.events, 1200);
    EXPECT_EQ(run.messages, 12);
    EXPECT_EQ(run.invocations, 2);
    EXPECT_EQ(run.write_units, 27.5 + 2.5 + 1);
    EXPECT_EQ(run.read_units, 0 + 1 + 3.5);
    EXPECT_DOUBLE_EQ(*run.gb_seconds, 0.102 * 0.25 + 0.002 * 0.5);
}

TEST(CostMeasure, a_log_of_other_things_measures_nothing) {
    aws::MeasuredRun run;
    add_store_log(run, {"", "REPORT", R"({"message":7})", R"({"message":"units"})"});
    EXPECT_EQ(run.events, 0);
    EXPECT_FALSE(run.write_units.has_value());
}

}  // namespace
}  // namespace weir::cli

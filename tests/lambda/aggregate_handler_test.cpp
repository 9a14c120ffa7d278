#include "lambda/aggregate_handler.h"

#include <gtest/gtest.h>

#include "codec/json_rows.h"
#include "lambda/events.h"
#include "lambda/store_handler.h"
#include "store/memory_store.h"
#include "support/manual_clock.h"

namespace weir::lambda {
namespace {

const StoreIdentity identity{"County", "county-5m", {.pane = Duration{10'000}, .lateness = Duration{60'000}}};

class AggregateHandlerTest : public ::testing::Test {
  protected:
    AggregateHandlerTest() {
        StoreHandler storing(*store, clock, {});
        EXPECT_TRUE(storing.handle({"r", test::sqs_event({{"m-1", test::event_line("a")},
                                                          {"m-2", test::event_line("b", "Ulster")},
                                                          {"m-3", test::event_line("c", "Ulster")}})}));
    }
    Result<std::string> handle(const std::string& event) { return handler.handle({"r", event}); }
    std::string reason_of(const std::string& event) {
        const auto answer = handle(event);
        if (answer) return "taken";
        EXPECT_FALSE(answer.error().message.empty());
        return answer.error().reason;
    }

    std::unique_ptr<Store> store = make_memory_store(identity);
    weir::test::ManualClock clock{test::now()};
    Aggregator aggregator{
        *store,
        clock,
        {.view = identity.view, .window = identity.window, .settle = Duration{0}, .starts_often = true}};
    AggregateHandler handler{aggregator, clock, Duration{60'000}};
};

TEST_F(AggregateHandlerTest, the_schedules_time_says_which_windows_are_due) {
    clock.advance(std::chrono::minutes{7});  // the schedule may come late
    const auto answer = handle(R"({"scheduled_time":"2026-11-24T00:16:00Z"})");
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(*answer, R"({"scheduled_time":"2026-11-24T00:16:00.000Z","rows":1})");
    const auto row = *store->latest_row();
    ASSERT_TRUE(row);
    EXPECT_EQ(row->window_end, *parse_rfc3339("2026-11-24T00:16:00Z"));
    EXPECT_EQ(row->total, 3U);
    EXPECT_EQ(row->counts, (KeyCounts{{"Delaware", 1}, {"Ulster", 2}}));
    EXPECT_FALSE(row->final);
    EXPECT_EQ(row->computed_at, clock.now());
    // A minute later by the schedule, the lateness is over.
    ASSERT_TRUE(handle(R"({"scheduled_time":"2026-11-24T00:17:00Z"})"));
    EXPECT_TRUE((*store->row_at(row->window_end))->final);
}

TEST_F(AggregateHandlerTest, a_time_that_is_missing_is_never_the_clocks) {
    EXPECT_EQ(reason_of("{}"), "scheduled-time-missing");
    EXPECT_EQ(reason_of(R"({"scheduled_time":""})"), "scheduled-time-missing");
    EXPECT_EQ(reason_of(R"({"scheduled_time":"<aws.scheduler.scheduled-time>"})"),
              "scheduled-time-unsubstituted");
    EXPECT_EQ(reason_of(R"({"scheduled_time":"yesterday"})"), "scheduled-time-invalid");
    EXPECT_EQ(reason_of(R"({"scheduled_time":"2026-11-24T00:17:53.124Z"})"), "scheduled-time-in-future");
    EXPECT_FALSE(*store->latest_row());
}

TEST_F(AggregateHandlerTest, a_run_has_its_own_row_and_gets_it_back) {
    const auto answer = handle(R"({"test_run_id":"verify-7f3a","at":"2026-11-24T00:16:00Z"})");
    ASSERT_TRUE(answer) << answer.error().message;
    const auto row = aggregate_row_from_json(*answer);
    ASSERT_TRUE(row);
    EXPECT_EQ(row->run_id, "verify-7f3a");
    EXPECT_EQ(row->total, 3U);
    EXPECT_EQ(*store->row_of_run("verify-7f3a"), *row);
    EXPECT_FALSE(*store->latest_row());
    // Without `at`: the window whose last pane is the present one.
    const auto present = aggregate_row_from_json(*handle(R"({"test_run_id":"verify-2"})"));
    EXPECT_EQ(present->window_end, *parse_rfc3339("2026-11-24T00:16:00Z"));
}

TEST_F(AggregateHandlerTest, anything_else_is_refused) {
    EXPECT_EQ(reason_of(""), "event-unknown");
    EXPECT_EQ(reason_of("[]"), "event-unknown");
    EXPECT_EQ(reason_of(R"({"scheduled_time":7})"), "event-unknown");
    EXPECT_EQ(reason_of(R"({"test_run_id":null})"), "event-unknown");
    EXPECT_EQ(reason_of(R"({"at":"2026-11-24T00:16:00Z"})"), "event-unknown");
    EXPECT_EQ(reason_of(R"({"test_run_id":"a","scheduled_time":"2026-11-24T00:16:00Z"})"), "event-unknown");
    EXPECT_EQ(reason_of(R"({"test_run_id":"a b"})"), "run-id-invalid");
    EXPECT_EQ(reason_of(R"({"test_run_id":"a","at":"2026-11-24T00:15:01Z"})"), "window-unaligned");
    EXPECT_EQ(reason_of(R"({"test_run_id":"a","at":"later"})"), "ts-invalid");
    EXPECT_EQ(reason_of(R"({"test_run_id":"a","at":"2026-11-24T01:00:00Z"})"), "window-in-future");
}

}  // namespace
}  // namespace weir::lambda

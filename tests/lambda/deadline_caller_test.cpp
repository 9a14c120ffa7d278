// What a function does on DynamoDB ends before its deadline, in simulated time.
#include "lambda/deadline_caller.h"

#include <atomic>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "aws/recorded_caller.h"
#include "lambda/events.h"
#include "lambda/function.h"
#include "support/manual_clock.h"

namespace weir::lambda {
namespace {

using aws::test::RecordedCaller;
using weir::test::ManualClock;

constexpr aws::Service service{"dynamodb", "dynamodb", "DYNAMODB", "DynamoDB_20120810", "application/json"};

TEST(DeadlineCaller, begins_a_call_only_while_more_than_the_margin_is_left) {
    ManualClock clock(test::now());
    auto recorded = std::make_unique<RecordedCaller>();
    RecordedCaller& inner = *recorded;
    DeadlineCaller caller(std::move(recorded), clock, Duration{5'000});
    EXPECT_EQ(caller.region(), inner.region());
    inner.answer("{}");
    EXPECT_TRUE(caller.call(service, {})) << "without a deadline";
    caller.set_deadline(test::now() + Duration{60'000});
    clock.advance(Duration{54'999});
    inner.answer("{}");
    EXPECT_TRUE(caller.call(service, {}));
    clock.advance(Duration{1});
    const auto refused = caller.call(service, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::interrupted);
    EXPECT_EQ(refused.error().reason, "deadline-near");
    EXPECT_EQ(inner.asked.size(), 2U);
    caller.set_deadline(test::now() + Duration{120'000});
    inner.answer("{}");
    EXPECT_TRUE(caller.call(service, {})) << "of the next invocation";
}

// Tables that take all, but very slowly.
class SlowTables final : public aws::Caller {
  public:
    SlowTables(ManualClock& clock, Duration write_takes) : clock_(clock), write_takes_(write_takes) {}
    Result<aws::Answer> call(const aws::Service&, aws::Request request) override {
        aws::Answer answer;
        answer.status = 200;
        answer.body = "{}";
        for (const auto& [name, value] : request.headers)
            if (name == "X-Amz-Target" && value.ends_with(".BatchWriteItem")) {
                clock_.advance(write_takes_);
                answer.body = R"({"UnprocessedItems":{}})";
            }
        return answer;
    }
    void cancel() override {}
    [[nodiscard]] const std::string& region() const override { return region_; }

  private:
    ManualClock& clock_;
    const Duration write_takes_;
    std::string region_ = "eu-central-1";
};

TEST(DeadlineCaller, a_group_that_cannot_be_stored_in_time_fails_before_the_deadline) {
    std::vector<test::Message> messages;
    for (int i = 0; i < 400; ++i)
        messages.push_back({"m-" + std::to_string(i), test::event_line("e-" + std::to_string(i))});
    Configuration configuration;
    configuration.store.events_table = "events";
    configuration.store.aggregates_table = "aggregates";
    configuration.store.identity = {"County", "county-5m", {.pane = Duration{10'000}}};
    configuration.store.connections = 1;
    for (const auto& [write_takes, all_are_stored] : {std::pair{100, true}, std::pair{4'000, false}}) {
        ManualClock clock(test::now());
        auto function = make_function("store", configuration,
                                      std::make_unique<SlowTables>(clock, Duration{write_takes}), clock);
        ASSERT_TRUE(function) << function.error().message;
        const Timestamp deadline = clock.now() + Duration{60'000};
        const auto answer = (*function)->handle({"r", test::sqs_event(messages), deadline});
        ASSERT_TRUE(answer) << answer.error().message;
        const std::size_t failed = nlohmann::json::parse(*answer)["batchItemFailures"].size();
        EXPECT_EQ(failed == 0, all_are_stored) << failed;
        EXPECT_LT(clock.now(), deadline) << "timed out";
    }
}

}  // namespace
}  // namespace weir::lambda

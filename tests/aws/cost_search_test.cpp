#include "aws/cost_search.h"

#include <gtest/gtest.h>

#include "price_file.h"

namespace weir::aws {
namespace {

constexpr Duration half_a_minute{30'000};

double list_a_million(const Bill& bill) {
    return bill.a_million(bill.list_usd);
}

// The promises of the deployment, at 600-byte events and list prices.
TEST(CostGoals, rows_cost_less_than_a_dollar_a_million_events) {
    const PriceList prices = built_in_prices();
    for (const double rate : {20.0, 100.0, 10'000.0}) {
        CostSetting setting;
        setting.rate = rate;
        EXPECT_LT(list_a_million(cost_of(setting, prices)), 1.0) << rate;
    }
}

TEST(CostGoals, blocks_cost_less_than_ten_cents_a_million_events) {
    const PriceList prices = built_in_prices();
    for (const double rate : {100.0, 200.0, 10'000.0}) {
        CostSetting setting;
        setting.rate = rate;
        setting.layout = CostLayout::blocks;
        EXPECT_LT(list_a_million(cost_of(setting, prices)), 0.10) << rate;
    }
}

TEST(CostGoals, twenty_events_a_second_in_rows_are_free_for_ever) {
    const FreeLimit limit = free_limit({}, half_a_minute, built_in_prices());
    EXPECT_GE(limit.rate, 20);
    EXPECT_DOUBLE_EQ(limit.at.usd, 0);
    // 25 write units, of which one is for the other table and a tenth is kept free, are less than 22.
    EXPECT_LT(limit.rate, 22);
    EXPECT_EQ(limit.binding, std::vector{Meter::dynamodb_write_hour});
}

// Polls of the queue take 657,000 of the million free requests; what is left is not enough for more. All else
// stays free at 200 events a second, and the requests cost less than a quarter.
TEST(CostGoals, two_hundred_events_a_second_in_blocks_pay_for_requests_to_the_queue_alone) {
    const PriceList prices = built_in_prices();
    CostSetting setting;
    setting.layout = CostLayout::blocks;
    const FreeLimit limit = free_limit(setting, half_a_minute, prices);
    EXPECT_GT(limit.rate, 40);
    EXPECT_EQ(limit.binding, std::vector{Meter::sqs_request});
    setting.rate = 200;
    setting.billing = CostBilling::provisioned;
    setting.recovery = false;
    const Bill bill = cheapest(setting, half_a_minute, prices);
    EXPECT_DOUBLE_EQ(bill.usd, bill.meter(Meter::sqs_request).usd);
    EXPECT_LT(bill.usd, 0.25);
}

TEST(CostGoals, the_plain_way_costs_about_three_dollars_a_million_events) {
    CostSetting setting;
    setting.rate = 100;
    EXPECT_NEAR(list_a_million(plain_way(setting, built_in_prices())), 2.9, 0.4);
}

TEST(CheapestSetting, is_never_dearer_than_what_was_asked_within_its_lingers) {
    const PriceList prices = built_in_prices();
    for (const CostLayout layout : {CostLayout::rows, CostLayout::blocks})
        for (const double rate : {0.1, 5.0, 300.0}) {
            CostSetting setting;
            setting.layout = layout;
            setting.rate = rate;
            EXPECT_LE(cheapest(setting, half_a_minute, prices).usd, cost_of(setting, prices).usd + 1e-9);
        }
}

TEST(CheapestSetting, waits_no_longer_than_allowed_and_keeps_what_is_not_searched) {
    CostSetting setting;
    setting.layout = CostLayout::blocks;
    setting.transport = CostTransport::kinesis;
    setting.memory_mb = 512;
    const Bill bill = cheapest(setting, Duration{2000}, built_in_prices());
    EXPECT_LE(bill.setting.linger, Duration{2000});
    EXPECT_EQ(bill.setting.layout, CostLayout::blocks);
    EXPECT_EQ(bill.setting.transport, CostTransport::kinesis);
    EXPECT_EQ(bill.setting.memory_mb, 512U);
}

TEST(FreeLimit, a_stream_is_never_free) {
    CostSetting setting;
    setting.transport = CostTransport::kinesis;
    const FreeLimit limit = free_limit(setting, half_a_minute, built_in_prices());
    EXPECT_DOUBLE_EQ(limit.rate, 0);
    EXPECT_EQ(limit.binding.front(), Meter::kinesis_shard_hour);
}

}  // namespace
}  // namespace weir::aws

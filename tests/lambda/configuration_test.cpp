#include "lambda/configuration.h"

#include <map>

#include <gtest/gtest.h>

#include "lambda/function.h"
#include "store/memory_store.h"
#include "support/manual_clock.h"

namespace weir::lambda {
namespace {

using Variables = std::map<std::string, std::string>;

Variables with(Variables more) {
    more.insert({{"WEIR_EVENTS_TABLE", "events"}, {"WEIR_AGGREGATES_TABLE", "aggregates"}});
    return more;
}

Result<Configuration> read(const Variables& variables) {
    return read_configuration([&](const std::string& name) {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    });
}

std::string message_of(const Variables& variables) {
    const auto configuration = read(with(variables));
    if (configuration) return "taken";
    EXPECT_EQ(configuration.error().code, ErrorCode::usage);
    EXPECT_EQ(configuration.error().reason, "configuration-invalid");
    EXPECT_FALSE(configuration.error().hint.empty());
    return configuration.error().message;
}

TEST(LambdaConfiguration, has_the_documented_defaults) {
    const auto configuration = read(with({}));
    ASSERT_TRUE(configuration) << configuration.error().message;
    const DynamoOptions& store = configuration->store;
    EXPECT_EQ(store.events_table, "events");
    EXPECT_EQ(store.aggregates_table, "aggregates");
    EXPECT_EQ(store.identity.group_by, "County");
    EXPECT_EQ(store.identity.view, "county-5m");
    EXPECT_EQ(store.identity.window,
              (WindowSpec{Duration{300'000}, Duration{10'000}, Duration{60'000}, Duration{60'000}}));
    EXPECT_EQ(store.retention, Duration{std::chrono::hours{24 * 7}});
    EXPECT_EQ(store.layout, Layout::rows);
    EXPECT_EQ(store.shards, 4U);
    EXPECT_EQ(configuration->clock_skew, Duration{60'000});
}

TEST(LambdaConfiguration, takes_every_variable) {
    const auto configuration = read(with({{"WEIR_GROUP_BY", "State"},
                                          {"WEIR_WINDOW", "10m"},
                                          {"WEIR_PANE", "30s"},
                                          {"WEIR_SLIDE", "5m"},
                                          {"WEIR_LATENESS", "2m"},
                                          {"WEIR_CLOCK_SKEW", "5s"},
                                          {"WEIR_RETENTION", "1d"},
                                          {"WEIR_LAYOUT", "blocks"},
                                          {"WEIR_SHARDS", "16"}}));
    ASSERT_TRUE(configuration) << configuration.error().message;
    EXPECT_EQ(configuration->store.identity.view, "state-10m");
    EXPECT_EQ(configuration->store.identity.window,
              (WindowSpec{Duration{600'000}, Duration{30'000}, Duration{300'000}, Duration{120'000}}));
    EXPECT_EQ(configuration->store.retention, Duration{std::chrono::hours{24}});
    EXPECT_EQ(configuration->store.layout, Layout::blocks);
    EXPECT_EQ(configuration->store.shards, 16U);
    EXPECT_EQ(configuration->clock_skew, Duration{5'000});
    EXPECT_EQ(read(with({{"WEIR_VIEW", "states"}}))->store.identity.view, "states");
}

TEST(LambdaConfiguration, what_is_wrong_is_named) {
    EXPECT_EQ(read({}).error().message, "WEIR_EVENTS_TABLE is not set");
    EXPECT_EQ(read({{"WEIR_EVENTS_TABLE", "e"}}).error().message, "WEIR_AGGREGATES_TABLE is not set");
    EXPECT_EQ(message_of({{"WEIR_WINDOW", "5 minutes"}}),
              "WEIR_WINDOW is '5 minutes'; a duration such as 5m was expected");
    EXPECT_EQ(message_of({{"WEIR_LAYOUT", "columns"}}),
              "WEIR_LAYOUT is 'columns'; rows or blocks was expected");
    for (const char* shards : {"0", "65", "-1", "4x", "four", "99999999999"})
        EXPECT_EQ(message_of({{"WEIR_SHARDS", shards}}),
                  "WEIR_SHARDS is '" + std::string(shards) + "'; a number from 1 to 64 was expected");
    EXPECT_NE(message_of({{"WEIR_PANE", "7s"}}).find("WEIR_PANE"), std::string::npos);
    EXPECT_NE(message_of({{"WEIR_RETENTION", "1m"}}).find("WEIR_RETENTION is 1m"), std::string::npos);
    EXPECT_NE(message_of({{"WEIR_GROUP_BY", std::string(257, 'x')}}).find("WEIR_GROUP_BY"),
              std::string::npos);
}

TEST(LambdaFunction, the_handler_is_chosen_by_its_name) {
    const auto configuration = read(with({}));
    const test::ManualClock clock(*parse_rfc3339("2026-11-24T00:20:00Z"));
    const auto store = make_memory_store(configuration->store.identity);
    EXPECT_TRUE(make_handler("store", *configuration, *store, clock));
    EXPECT_TRUE(make_handler("aggregate", *configuration, *store, clock));
    const auto none = make_handler("index.handler", *configuration, *store, clock);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().reason, "handler-unknown");
    EXPECT_NE(none.error().message.find("index.handler"), std::string::npos);
}

}  // namespace
}  // namespace weir::lambda

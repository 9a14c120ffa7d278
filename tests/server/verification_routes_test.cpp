// POST /v1/verifications and GET /v1/verifications/latest, against docs/http.md.
#include "running_service.h"

namespace weir::test {
namespace {

constexpr const char* latest = "/v1/verifications/latest";

Json verified(RunningService& world) {
    const auto started = world.send("POST", "/v1/verifications");
    EXPECT_EQ(started.status, 202U) << started.body;
    EXPECT_EQ(started.headers.get("Location").value_or(""), latest);
    EXPECT_TRUE(json_of(started).at("running_since").is_string());
    Json state;
    EXPECT_TRUE(eventually([&] {
        state = world.get_json(latest);
        return state.at("running_since").is_null();
    }));
    return state.at("last");
}

TEST(Verification, recounts_the_newest_window_and_the_rows_in_it) {
    RunningService world;
    EXPECT_EQ(world.get_json(latest), (Json{{"running_since", nullptr}, {"last", nullptr}}));
    world.post(lines_of("a", 3) + line_of("a-4", 0, "Sussex") + "\n");
    world.clock.set(start_time + std::chrono::seconds{61});
    ASSERT_TRUE(eventually([&] {
        return world.get("/v1/rows/" + format_rfc3339(start_time + std::chrono::seconds{60})).status == 200;
    }));
    const Json last = verified(world);
    EXPECT_EQ(last.at("result"), "passed");
    EXPECT_EQ(last.at("events"), 4);
    EXPECT_EQ(last.at("panes"), 1);
    EXPECT_GE(last.at("rows"), 1);
    EXPECT_EQ(last.at("differences"), 0);
    EXPECT_EQ(last.at("ledger_balances"), true);
    EXPECT_EQ(last.at("first"), Json::array());
    EXPECT_EQ(last.at("fault"), nullptr);
    // A window and a slide, up to the end of the present pane.
    EXPECT_EQ(last.at("from"), format_rfc3339(start_time + std::chrono::seconds{62 - 360}));
    EXPECT_EQ(last.at("to"), format_rfc3339(start_time + std::chrono::seconds{62}));
    EXPECT_EQ(last.at("finished_at"), format_rfc3339(world.clock.now()));
    EXPECT_EQ(world.ledger().at("received"), 4) << "it adds no event";
}

TEST(Verification, of_nothing_does_not_pass) {
    RunningService world;
    const Json last = verified(world);
    EXPECT_EQ(last.at("result"), "empty");
    EXPECT_EQ(last.at("events"), 0);
}

TEST(Verification, takes_no_settings_and_wants_the_token) {
    ServiceOptions options;
    options.token = "secret";
    RunningService world(options);
    for (const char* body : {"[]", R"({"events":1})", "x", "null"})
        expect_problem(world.send("POST", "/v1/verifications", body), 400, "invalid-request");
    EXPECT_EQ(world.send("POST", "/v1/verifications", "{}").status, 202U);
    expect_problem(world.send("POST", "/v1/verifications", {}, {{"Authorization", ""}}), 401, "unauthorized");
    expect_problem(world.send("GET", latest, {}, {{"Authorization", ""}}), 401, "unauthorized");
}

TEST(Verification, that_runs_holds_no_drain_up_and_is_started_once) {
    RunningService world;
    std::string body;
    for (int i = 1; i <= 20'000; ++i)
        body += line_of("a-" + std::to_string(i)) + "\n";
    ASSERT_EQ(world.post(body).status, 200U);
    const Json first = json_of(world.send("POST", "/v1/verifications"));
    world.clock.set(start_time + std::chrono::seconds{1});
    const Json second = json_of(world.send("POST", "/v1/verifications"));
    // The second is answered with the one that runs, or was started after that one had ended.
    EXPECT_TRUE(second.at("running_since") == first.at("running_since") || !second.at("last").is_null());
    const auto before = std::chrono::steady_clock::now();
    world.stop(std::chrono::minutes{10});
    EXPECT_LT(std::chrono::steady_clock::now() - before, patience);
}

}  // namespace
}  // namespace weir::test

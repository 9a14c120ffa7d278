#include "lambda/runtime_loop.h"

#include <functional>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "lambda/events.h"
#include "lambda/function.h"
#include "lambda/runtime_stand_in.h"
#include "store/memory_store.h"
#include "support/reserved_port.h"

namespace weir::lambda {
namespace {

using test::RuntimeStandIn;

class FakeHandler final : public Handler {
  public:
    using Function = std::function<Result<std::string>(const Invocation&)>;
    explicit FakeHandler(Function function) : function_(std::move(function)) {}
    Result<std::string> handle(Invocation invocation) override {
        ++calls;
        return function_(invocation);
    }
    int calls = 0;

  private:
    Function function_;
};

Result<std::string> echo(const Invocation& invocation) {
    return invocation.payload;
}

Error run(RuntimeStandIn& runtime, Handler& handler) {
    auto api = RuntimeApi::at(runtime.address());
    return RuntimeLoop(api.value(), handler, system_clock()).run();
}

nlohmann::json error_of(const RuntimeStandIn::Answer& answer) {
    EXPECT_FALSE(answer.ok);
    const auto json = nlohmann::json::parse(answer.body);
    EXPECT_TRUE(json.at("stackTrace").is_array());
    EXPECT_EQ(answer.error_type, "Function." + json.at("errorType").get<std::string>());
    return json;
}

TEST(RuntimeLoop, answers_every_invocation_and_ends_when_the_sandbox_is_lost) {
    RuntimeStandIn runtime({{"8476a536-e9f4-11e8-9739-2dfe598c3fcd", "{\"a\":1}"}, {"id-2", "[]"}});
    FakeHandler handler(echo);
    EXPECT_EQ(run(runtime, handler).reason, "status-500");
    const auto answers = runtime.answers();
    ASSERT_EQ(answers.size(), 2U);
    EXPECT_TRUE(answers.at("8476a536-e9f4-11e8-9739-2dfe598c3fcd").ok);
    EXPECT_EQ(answers.at("8476a536-e9f4-11e8-9739-2dfe598c3fcd").body, "{\"a\":1}");
    EXPECT_EQ(answers.at("id-2").body, "[]");
}

TEST(RuntimeLoop, the_deadline_reaches_the_handler) {
    RuntimeStandIn runtime({{"a", "", "4000000000123"}, {"b", "", "soon"}});
    std::vector<Timestamp> deadlines;
    FakeHandler handler([&](const Invocation& invocation) -> Result<std::string> {
        deadlines.push_back(invocation.deadline);
        return "{}";
    });
    run(runtime, handler);
    EXPECT_EQ(deadlines, (std::vector{timestamp_from_ms(4'000'000'000'123), max_timestamp}));
}

TEST(RuntimeLoop, a_handler_that_fails_or_throws_costs_its_own_invocation_alone) {
    RuntimeStandIn runtime({{"fails", ""}, {"throws", ""}, {"throws-an-int", ""}, {"good", ""}});
    FakeHandler handler([](const Invocation& invocation) -> Result<std::string> {
        if (invocation.request_id == "fails")
            return fail(ErrorCode::invalid, "event-unknown", "it is \"none\"", "send one");
        if (invocation.request_id == "throws") throw std::runtime_error("out of cheese");
        if (invocation.request_id == "throws-an-int") throw 7;
        return "{}";
    });
    run(runtime, handler);
    const auto answers = runtime.answers();
    ASSERT_EQ(answers.size(), 4U);
    EXPECT_EQ(error_of(answers.at("fails"))["errorType"], "event-unknown");
    EXPECT_EQ(error_of(answers.at("fails"))["errorMessage"], "it is \"none\"; send one");
    EXPECT_EQ(error_of(answers.at("throws"))["errorType"], "handler-threw");
    EXPECT_NE(error_of(answers.at("throws"))["errorMessage"].get<std::string>().find("out of cheese"),
              std::string::npos);
    EXPECT_EQ(error_of(answers.at("throws-an-int"))["errorType"], "handler-threw");
    EXPECT_TRUE(answers.at("good").ok);
}

TEST(RuntimeLoop, an_answer_of_6_mib_is_given_and_a_longer_one_is_a_clear_error) {
    RuntimeStandIn runtime({{"fits", ""}, {"longer", ""}, {"next", ""}});
    FakeHandler handler([](const Invocation& invocation) -> Result<std::string> {
        if (invocation.request_id == "next") return "{}";
        return std::string((6U << 20U) + (invocation.request_id == "fits" ? 0 : 1), 'x');
    });
    run(runtime, handler);
    const auto answers = runtime.answers();
    EXPECT_TRUE(answers.at("fits").ok);
    EXPECT_EQ(answers.at("fits").body.size(), 6U << 20U);
    EXPECT_EQ(error_of(answers.at("longer"))["errorType"], "answer-too-large");
    EXPECT_NE(answers.at("longer").body.find("6291457"), std::string::npos);
    EXPECT_TRUE(answers.at("next").ok);
}

TEST(RuntimeLoop, a_payload_of_6_mb_is_taken) {
    const std::string payload(6'000'000, ' ');
    RuntimeStandIn runtime({{"a", payload}});
    FakeHandler handler([&](const Invocation& invocation) -> Result<std::string> {
        return invocation.payload == payload ? "\"same\"" : "\"different\"";
    });
    run(runtime, handler);
    EXPECT_EQ(runtime.answers().at("a").body, "\"same\"");
}

TEST(RuntimeLoop, an_invocation_whose_deadline_has_passed_is_not_begun) {
    RuntimeStandIn runtime({{"late", "{}", "1000"}, {"good", "{}"}});
    FakeHandler handler(echo);
    run(runtime, handler);
    EXPECT_EQ(handler.calls, 1);
    EXPECT_EQ(error_of(runtime.answers().at("late"))["errorType"], "deadline-passed");
    EXPECT_TRUE(runtime.answers().at("good").ok);
}

TEST(RuntimeLoop, survives_a_pause_in_which_its_connection_was_lost) {
    RuntimeStandIn runtime({{"a", "1"}, {"b", "2"}, {"c", "3"}}, Duration{30});
    FakeHandler handler([](const Invocation& invocation) -> Result<std::string> {
        std::this_thread::sleep_for(std::chrono::seconds{1});  // the connection is idle, and closed
        return invocation.payload;
    });
    run(runtime, handler);
    const auto answers = runtime.answers();
    ASSERT_EQ(answers.size(), 3U);
    for (const auto& [id, answer] : answers)
        EXPECT_TRUE(answer.ok) << id;
}

TEST(RuntimeLoop, goes_on_when_an_answer_is_not_taken_and_ends_when_the_sandbox_says_so) {
    FakeHandler handler(echo);
    {
        RuntimeStandIn runtime({{"a", ""}, {"b", ""}});
        runtime.status_of_posts = 403;  // InvalidStateTransition: the function has timed out
        EXPECT_EQ(run(runtime, handler).reason, "status-500");
        EXPECT_EQ(handler.calls, 2);
    }
    RuntimeStandIn runtime({{"a", ""}, {"b", ""}});
    runtime.status_of_posts = 500;
    EXPECT_EQ(run(runtime, handler).reason, "sandbox-lost");
    EXPECT_EQ(handler.calls, 3);
}

TEST(RuntimeLoop, a_runtime_api_that_is_gone_ends_it) {
    const weir::test::ReservedPort port;
    auto api = RuntimeApi::at("127.0.0.1:" + std::to_string(port.number()));
    FakeHandler handler(echo);
    EXPECT_EQ(RuntimeLoop(api.value(), handler, system_clock()).run().code, ErrorCode::unreachable);
    EXPECT_EQ(handler.calls, 0);
    EXPECT_EQ(RuntimeApi::at("not an address").error().reason, "runtime-api-invalid");
}

TEST(RuntimeLoop, a_function_that_cannot_start_says_why) {
    RuntimeStandIn runtime({});
    auto api = RuntimeApi::at(runtime.address());
    const auto configuration = read_configuration([](const std::string&) { return std::nullopt; });
    ASSERT_FALSE(configuration);
    ASSERT_TRUE(report_init_error(api.value(), configuration.error(), system_clock()));
    ASSERT_TRUE(runtime.init_error());
    const auto error = error_of(*runtime.init_error());
    EXPECT_EQ(error["errorType"], "configuration-invalid");
    EXPECT_NE(error["errorMessage"].get<std::string>().find("WEIR_EVENTS_TABLE is not set"),
              std::string::npos);
}

TEST(RuntimeLoop, runs_both_functions) {
    const auto configuration = read_configuration([](const std::string& name) -> std::optional<std::string> {
        if (name == "WEIR_EVENTS_TABLE" || name == "WEIR_AGGREGATES_TABLE") return "table";
        return std::nullopt;
    });
    const auto store = make_memory_store(configuration->store.identity);
    Clock& clock = system_clock();
    const Timestamp now = clock.now(), minute = align_down(now, std::chrono::minutes{1});
    const std::string line = test::event_line("a", "Delaware", format_rfc3339(minute - Duration{1}));
    {
        RuntimeStandIn runtime({{"1", test::sqs_event({{"m-1", line, now}, {"m-2", "poison", now}})}});
        const auto storing = make_handler("store", *configuration, *store, clock).value();
        run(runtime, *storing);
        EXPECT_EQ(runtime.answers().at("1").body, R"({"batchItemFailures":[{"itemIdentifier":"m-2"}]})");
    }
    RuntimeStandIn runtime({{"1", R"({"scheduled_time":")" + format_rfc3339(minute) + "\"}"},
                            {"2", R"({"scheduled_time":"<aws.scheduler.scheduled-time>"})"},
                            {"3", R"({"test_run_id":"t","at":")" + format_rfc3339(minute) + "\"}"}});
    const auto aggregating = make_handler("aggregate", *configuration, *store, clock).value();
    run(runtime, *aggregating);
    const auto answers = runtime.answers();
    EXPECT_EQ(nlohmann::json::parse(answers.at("1").body)["rows"], 1);
    EXPECT_EQ(error_of(answers.at("2"))["errorType"], "scheduled-time-unsubstituted");
    EXPECT_EQ(nlohmann::json::parse(answers.at("3").body)["counts"]["Delaware"], 1);
    EXPECT_EQ((*store->latest_row())->total, 1U);
}

}  // namespace
}  // namespace weir::lambda

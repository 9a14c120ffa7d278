// CloudEvents over HTTP, in their three content modes (HTTP Protocol Binding 1.0.2, section 3).
#include "base/json_string.h"
#include "running_service.h"

namespace weir::test {
namespace {

std::string event(const std::string& id, const std::string& county = "Kent") {
    return R"({"specversion":"1.0","type":"reading","source":"/s","id":")" + id +
           R"(","time":"2026-11-24T00:15:00Z","data":{"County":)" + json_string(county) + "}}";
}
const HeaderList binary{{"ce-specversion", "1.0"},
                        {"ce-type", "reading"},
                        {"ce-source", "/s"},
                        {"ce-id", "b%20%221%22"},
                        {"ce-time", "2026-11-24T00:15:00Z"}};

TEST(CloudEventRoutes, all_three_content_modes_are_taken) {
    RunningService world;
    EXPECT_EQ(world.post(event("1"), {}, "", "application/cloudevents+json; charset=UTF-8").status, 200U);
    const auto batch =
        world.post("[" + event("2") + "," + event("3") + "]", {}, "", "application/cloudevents-batch+json");
    EXPECT_EQ(json_of(batch).value("stored", 0), 2) << batch.body;
    EXPECT_EQ(world.post(R"({"County":"Kent"})", binary, "", "application/json").status, 200U);
    EXPECT_EQ(world.get_json("/v1/windows/live").at("counts"), Json::parse(R"({"Kent":4})"));
    const auto lines = world.get("/v1/events?from=2026-11-24T00:15:00Z&to=2026-11-24T00:15:01Z").body;
    EXPECT_NE(lines.find(R"("ce_id":"b \"1\"")"), std::string::npos) << lines;
}

TEST(CloudEventRoutes, the_same_event_again_counts_once_in_either_mode_that_it_came_in) {
    RunningService world;
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(world.post(event("1"), {}, "", "application/cloudevents+json").status, 200U);
        EXPECT_EQ(world.post(R"({"County":"Kent"})", binary, "", "application/json").status, 200U);
    }
    EXPECT_EQ(world.ledger().at("stored"), 2);
}

TEST(CloudEventRoutes, an_event_is_the_same_in_every_mode_where_ids_are_remembered) {
    ServiceOptions options;
    options.deduplicate_ids = std::chrono::hours{1};
    RunningService world(options);
    HeaderList headers = binary;
    headers[3].second = "1";
    EXPECT_EQ(world.post(event("1"), {}, "", "application/cloudevents+json").status, 200U);
    EXPECT_EQ(
        json_of(world.post(R"({"County":"Kent"})", headers, "", "application/json")).value("duplicates", 0),
        1);
}

TEST(CloudEventRoutes, a_structured_event_may_repeat_its_attributes_as_headers) {
    RunningService world;
    EXPECT_EQ(world.post(event("1"), binary, "", "application/cloudevents+json").status, 200U);
    EXPECT_NE(
        world.get("/v1/events?from=2026-11-24T00:15:00Z&to=2026-11-24T00:15:01Z").body.find(R"("ce_id":"1")"),
        std::string::npos);
}

TEST(CloudEventRoutes, what_is_no_event_is_said_so) {
    RunningService world;
    const auto bad = world.post("[" + event("1") + ",{}]", {}, "", "application/cloudevents-batch+json");
    expect_problem(bad, 422, "events-rejected");
    EXPECT_EQ(json_of(bad).at("errors")[0].at("code"), "cloudevent_invalid");
    expect_problem(world.post("[]", {}, "", "application/cloudevents+json"), 400, "body-unreadable");
    expect_problem(world.post("{", binary, "", "application/json"), 400, "body-unreadable");
    expect_problem(world.post("<xml/>", {}, "", "application/cloudevents+xml"), 415,
                   "unsupported-media-type");
    HeaderList twice = binary, broken = binary;
    twice.emplace_back("CE-ID", "2");
    broken[3].second = "%zz";
    expect_problem(world.post("{}", twice, "", "application/json"), 400, "invalid-request");
    expect_problem(world.post("{}", broken, "", "application/json"), 400, "invalid-request");
}

}  // namespace
}  // namespace weir::test

// --deduplicate-ids over HTTP: docs/http.md, docs/metrics.md.
#include "running_service.h"

namespace weir::test {
namespace {

ServiceOptions remembering(std::uint64_t most) {
    ServiceOptions options;
    options.deduplicate_ids = std::chrono::minutes{10};
    options.deduplicate_ids_max = most;
    return options;
}

std::string remembered(RunningService& world) {
    constexpr std::string_view name = "\nweir_remembered_ids ";
    const std::string metrics = world.get("/metrics").body;
    const std::size_t start = metrics.find(name);
    if (start == std::string::npos) return "absent";
    const std::size_t value = start + name.size();
    return metrics.substr(value, metrics.find('\n', value) - value);
}

TEST(Deduplication, ids_of_any_form_are_stored_once_also_after_a_restart) {
    RunningService world(remembering(1000));
    Json verdict = json_of(world.post(line_of("probe:1") + "\n" + line_of("probe:2") + "\n"));
    EXPECT_EQ(verdict.at("stored"), 2);
    verdict = json_of(world.post(line_of("probe:2") + "\n" + line_of("probe:3") + "\n"));
    EXPECT_EQ(verdict.at("stored"), 1);
    EXPECT_EQ(verdict.at("duplicates"), 1);
    world.restart();
    EXPECT_EQ(remembered(world), "3");
    verdict = json_of(world.post("event_id,ts,County\nprobe:3," + format_rfc3339(start_time) + ",Kent\n", {},
                                 {}, "text/csv"));
    EXPECT_EQ(verdict.at("duplicates"), 1);
    EXPECT_EQ(world.ledger().at("stored"), 3);
}

TEST(Deduplication, without_room_for_its_ids_a_batch_is_answered_429_and_leaves_no_trace) {
    RunningService world(remembering(2));
    EXPECT_EQ(world.post(line_of("probe:1") + "\n", {{"Idempotency-Key", "b1"}}).status, 200U);
    const Json before = world.ledger();
    const std::string two = line_of("probe:2") + "\n" + line_of("probe:3") + "\n";
    const http::Response refused = world.post(two, {{"Idempotency-Key", "b2"}});
    expect_problem(refused, 429, "overloaded");
    EXPECT_TRUE(refused.headers.get("Retry-After").has_value());
    EXPECT_NE(json_of(refused).value("hint", "").find("--deduplicate-ids-max"), std::string::npos);
    EXPECT_EQ(world.ledger(), before);
    EXPECT_EQ(remembered(world), "1");
    const std::string three = two + line_of("probe:4") + "\n";
    expect_problem(world.post(three, {{"Idempotency-Key", "b3"}}), 413, "too-large");
    world.clock.set(start_time + std::chrono::minutes{12});
    EXPECT_EQ(world.post(two, {{"Idempotency-Key", "b2"}}).status, 200U);
}

TEST(Deduplication, is_off_unless_asked_for) {
    RunningService world;
    EXPECT_EQ(world.post(line_of("probe:1") + "\n", {{"Idempotency-Key", "b1"}}).status, 200U);
    EXPECT_EQ(json_of(world.post(line_of("probe:1") + "\n", {{"Idempotency-Key", "b2"}})).at("stored"), 1);
    EXPECT_EQ(remembered(world), "0");
}

}  // namespace
}  // namespace weir::test

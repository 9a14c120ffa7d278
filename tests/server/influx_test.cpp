// POST /write, POST /api/v2/write and GET /ping, as clients of InfluxDB use them.
#include "base/base64.h"
#include "codec/compression.h"
#include "running_service.h"

namespace weir::test {
namespace {

const std::string one_second = "1795479300";  // start_time

http::Response write1(RunningService& world, const std::string& body,
                      const std::string& query = "?db=sensors", const HeaderList& headers = {}) {
    return world.send("POST", "/write" + query, body, headers);
}
http::Response write2(RunningService& world, const std::string& body,
                      const std::string& query = "?org=o&bucket=b&precision=ns",
                      const HeaderList& headers = {}) {
    return world.send("POST", "/api/v2/write" + query, body, headers);
}

std::string point(int i = 0) {
    return "river,County=Kent level=" + std::to_string(i) + " " + one_second + "000000000\n";
}

TEST(Influx, good_points_are_answered_204_without_a_body) {
    RunningService world;
    for (const auto& response : {write1(world, point(1)), write2(world, point(2))}) {
        EXPECT_EQ(response.status, 204U) << response.body;
        EXPECT_TRUE(response.body.empty());
        EXPECT_FALSE(response.headers.get("Content-Type"));
    }
    EXPECT_EQ(world.ledger().at("stored"), 2);
    EXPECT_EQ(world.get_json("/v1/windows/live").at("counts"), Json::parse(R"({"Kent":2})"));
}

// As Telegraf's two outputs send: text/plain and a form's type, gzip, a precision or none.
TEST(Influx, what_its_clients_send_is_taken) {
    RunningService world;
    EXPECT_EQ(write1(world, point(1),
                     "?consistency=one&db=telegraf&rp=", {{"Content-Type", "text/plain; charset=utf-8"}})
                  .status,
              204U);
    EXPECT_EQ(write1(world, "river level=1 " + one_second, "?db=x&precision=s",
                     {{"Content-Type", "application/x-www-form-urlencoded"}})
                  .status,
              204U);
    EXPECT_EQ(
        write2(world, zstd_compress(point(3)), "?org=o&bucket=b", {{"Content-Encoding", "zstd"}}).status,
        204U);
    EXPECT_EQ(world.send("GET", "/ping").status, 204U);
    EXPECT_TRUE(world.send("GET", "/ping").headers.get("X-Influxdb-Version"));
    EXPECT_EQ(world.ledger().at("stored"), 3);
}

TEST(Influx, a_body_that_is_sent_again_counts_once) {
    RunningService world;
    const std::string body = point(1) + point(2);
    EXPECT_EQ(write1(world, body).status, 204U);
    const auto again = write1(world, body);
    EXPECT_EQ(again.status, 204U);
    EXPECT_EQ(again.headers.get("Idempotency-Replayed").value_or(""), "true");
    EXPECT_EQ(world.get_json("/v1/windows/live").at("total"), 2);
    EXPECT_EQ(write1(world, body, "?db=another").status, 204U);
    EXPECT_EQ(world.get_json("/v1/windows/live").at("total"), 4);
}

TEST(Influx, points_without_timestamps_are_others_each_time_unless_the_batch_has_a_name) {
    RunningService world;
    EXPECT_EQ(write1(world, "river level=1").status, 204U);
    EXPECT_EQ(write1(world, "river level=1").status, 204U);
    EXPECT_EQ(world.ledger().at("stored"), 2);
    const HeaderList named{{"Idempotency-Key", "mine"}};
    EXPECT_EQ(write1(world, "river level=1", "?db=a", named).status, 204U);
    world.clock.advance(Duration{10});
    EXPECT_EQ(write1(world, "river level=1", "?db=a", named).status, 204U);
    EXPECT_EQ(world.ledger().at("stored"), 3);
}

// Telegraf puts what it could not send into a later, longer body.
TEST(Influx, a_point_in_another_body_counts_once_where_ids_are_remembered) {
    ServiceOptions options;
    options.deduplicate_ids = std::chrono::hours{1};
    RunningService world(options);
    EXPECT_EQ(write1(world, point(1) + point(2)).status, 204U);
    EXPECT_EQ(write1(world, point(1) + point(2) + point(3)).status, 204U);
    EXPECT_EQ(world.ledger().at("stored"), 3);
    EXPECT_EQ(world.ledger().at("duplicates"), 2);
}

TEST(Influx, a_bad_line_is_a_partial_write_and_a_dead_letter) {
    RunningService world;
    const auto first = write1(world, point(1) + "oops\n" + point(2));
    EXPECT_EQ(first.status, 400U);
    EXPECT_EQ(first.headers.get("Content-Type").value_or(""), "application/json");
    const std::string error = json_of(first).value("error", "");
    EXPECT_EQ(error.rfind("partial write: 1 of 3 points dropped; line 2: line_protocol_invalid: ", 0), 0U)
        << error;
    EXPECT_EQ(first.headers.get("X-Influxdb-Error").value_or(""), error);
    EXPECT_EQ(json_of(first).size(), 1U);

    const auto second = write2(world, "oops\n" + point(3));
    EXPECT_EQ(second.status, 400U);
    EXPECT_EQ(json_of(second).value("code", ""), "invalid");
    EXPECT_EQ(json_of(second).value("message", "").rfind("partial write: 1 of 2 points dropped", 0), 0U);
    EXPECT_EQ(json_of(second).size(), 2U);

    const Json letters = world.get_json("/v1/dead-letters").at("dead_letters");
    ASSERT_EQ(letters.size(), 2U);
    EXPECT_EQ(letters[0].at("bytes"), "oops");
    EXPECT_EQ(letters[0].at("line"), 2);
    EXPECT_EQ(letters[0].at("code"), "line_protocol_invalid");
    EXPECT_EQ(world.ledger().at("stored"), 3);
    EXPECT_EQ(world.ledger().at("rejected"), 2);
}

TEST(Influx, every_refusal_has_the_form_of_its_path) {
    RunningService world;
    for (const std::string query : {"?db=x&precision=days", "?db=x&frobnicate=1", "?db=x&db=y"}) {
        const auto response = write1(world, point(), query);
        EXPECT_EQ(response.status, 400U) << query;
        EXPECT_FALSE(json_of(response).value("error", "").empty()) << response.body;
    }
    const auto unpacked = write2(world, "not gzip", "?bucket=b", {{"Content-Encoding", "gzip"}});
    EXPECT_EQ(unpacked.status, 400U);
    EXPECT_EQ(json_of(unpacked).value("code", ""), "invalid");
    EXPECT_EQ(write2(world, "x", "?bucket=b", {{"Content-Encoding", "br"}}).status, 415U);
    const auto method = world.send("GET", "/api/v2/write");
    EXPECT_EQ(method.status, 405U);
    EXPECT_EQ(method.headers.get("Allow").value_or(""), "POST");
    EXPECT_EQ(json_of(method).value("code", ""), "method not allowed");
    EXPECT_EQ(world.ledger().at("received"), 0);
}

TEST(Influx, the_token_is_taken_as_its_clients_send_it) {
    ServiceOptions options;
    options.token = "secret";
    RunningService world(options);
    const auto status = [&](const std::string& value, const std::string& query = "?db=x") {
        return write1(world, point(), query, {{"Authorization", value}}).status;
    };
    EXPECT_EQ(status("Token secret"), 204U);
    EXPECT_EQ(status("Bearer secret"), 204U);
    EXPECT_EQ(status("Basic " + base64_encode("anybody:secret")), 204U);
    EXPECT_EQ(status("", "?db=x&u=anybody&p=secret"), 204U);
    for (const std::string wrong :
         {"Token wrong", "Token", "Token ", "secret", "", "Basic secret", "Digest secret"})
        EXPECT_EQ(status(wrong), 401U) << wrong;
    EXPECT_EQ(status("Basic " + base64_encode("secret:wrong")), 401U);
    EXPECT_EQ(status("", "?db=x&p=wrong"), 401U);
    EXPECT_EQ(status("Token wrong", "?db=x&p=secret"), 401U);
    const auto refused = write2(world, point(), "?bucket=b", {{"Authorization", "Token wrong"}});
    EXPECT_EQ(json_of(refused).value("code", ""), "unauthorized");
    EXPECT_EQ(world.send("GET", "/ping", {}, {{"Authorization", ""}}).status, 204U);
    // The other schemes are of these paths alone.
    EXPECT_EQ(world.send("GET", "/v1/ledger", {}, {{"Authorization", "Token secret"}}).status, 401U);
}

}  // namespace
}  // namespace weir::test

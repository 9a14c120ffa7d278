// POST /v1/events against the table of docs/http.md, over a socket.
#include <atomic>

#include <fmt/format.h>

#include "codec/compression.h"
#include "http/raw_socket.h"
#include "running_service.h"

namespace weir::test {
namespace {

// What a request that stores nothing may not have done.
void expect_no_trace(RunningService& world) {
    const Json ledger = world.ledger();
    EXPECT_EQ(ledger.at("received"), 0) << ledger;
    EXPECT_EQ(ledger.at("batches"), 0) << ledger;
    EXPECT_TRUE(world.get_json("/v1/dead-letters").at("dead_letters").empty());
}

bool is_replay(const http::Response& response) {
    return response.headers.get("Idempotency-Replayed").value_or("") == "true";
}

ServiceOptions with_limits(Bytes wire, Bytes text) {
    ServiceOptions options;
    options.http.max_body = wire;
    options.max_decompressed = text;
    return options;
}

TEST(EventsRoutes, good_lines_are_answered_with_their_verdict) {
    RunningService world;
    const auto response = world.post(lines_of("run", 3), {{"Idempotency-Key", "run-b1"}});
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(response.headers.get("Content-Type"), "application/json");
    EXPECT_FALSE(is_replay(response));
    EXPECT_EQ(
        json_of(response),
        Json::parse(
            R"({"batch_id":"run-b1","received":3,"stored":3,"duplicates":0,"rejected":0,"late":0,"errors":[]})"));
    const Json ledger = world.ledger();
    EXPECT_EQ(ledger.at("stored"), 3);
    EXPECT_EQ(ledger.at("batches"), 1);
}

TEST(EventsRoutes, every_media_type_and_encoding_of_the_table_is_taken) {
    RunningService world;
    const auto stored = [&](const http::Response& response) {
        EXPECT_EQ(response.status, 200U) << response.body;
        return json_of(response).value("stored", 0);
    };
    EXPECT_EQ(stored(world.post(lines_of("a", 2), {}, "", "application/x-ndjson; charset=utf-8")), 2);
    EXPECT_EQ(
        stored(world.post("[" + line_of("b-1") + "," + line_of("b-2") + "]", {}, "", "application/json")), 2);
    EXPECT_EQ(stored(world.post(line_of("c-1"), {}, "", "application/json")), 1);
    EXPECT_EQ(stored(world.post("event_id,ts,County\nd-1,2026-11-24T00:15:00Z,Kent\n", {}, "", "text/csv")),
              1);
    EXPECT_EQ(stored(world.post(lines_of("e", 2), {{"Content-Encoding", "identity"}})), 2);
    EXPECT_EQ(stored(world.post(zstd_compress(lines_of("f", 2)), {{"Content-Encoding", "zstd"}})), 2);
    // {"event_id":"g-1","ts":1795479300000,"County":"Kent"} and a line break, made by Python's gzip.
    constexpr unsigned char zipped[] = {
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xab, 0x56, 0x4a, 0x2d,
        0x4b, 0xcd, 0x2b, 0x89, 0xcf, 0x4c, 0x51, 0xb2, 0x52, 0x4a, 0xd7, 0x35, 0x54, 0xd2,
        0x51, 0x2a, 0x29, 0x56, 0xb2, 0x32, 0x34, 0xb7, 0x34, 0x35, 0x31, 0xb7, 0x34, 0x36,
        0x00, 0x01, 0x1d, 0x25, 0xe7, 0xfc, 0xd2, 0xbc, 0x92, 0x4a, 0xa0, 0x0a, 0x6f, 0xa0,
        0x5a, 0xa5, 0x5a, 0x2e, 0x00, 0x37, 0x03, 0xed, 0x93, 0x36, 0x00, 0x00, 0x00};
    const std::string gzip(reinterpret_cast<const char*>(zipped), sizeof zipped);
    EXPECT_EQ(stored(world.post(gzip, {{"Content-Encoding", "gzip"}})), 1);
    EXPECT_EQ(world.ledger().at("stored"), 11);
}

TEST(EventsRoutes, bad_lines_are_named_and_the_good_ones_are_kept) {
    RunningService world;
    const auto response = world.post(line_of("a-1") + "\nnot json\n" + line_of("a-2") + "\n[]\n");
    expect_problem(response, 422, "events-rejected");
    const Json body = json_of(response);
    EXPECT_EQ(body.at("received"), 4);
    EXPECT_EQ(body.at("stored"), 2);
    EXPECT_EQ(body.at("rejected"), 2);
    ASSERT_EQ(body.at("errors").size(), 2U);
    EXPECT_EQ(body.at("errors")[0].at("line"), 2);
    EXPECT_EQ(body.at("errors")[0].at("code"), "json_invalid");
    EXPECT_EQ(body.at("errors")[1].at("line"), 4);
    EXPECT_EQ(body.at("errors")[1].at("code"), "not_an_object");
    EXPECT_FALSE(body.at("errors")[0].at("message").get<std::string>().empty());
    EXPECT_EQ(world.ledger().at("rejected"), 2);
}

TEST(EventsRoutes, the_first_hundred_bad_lines_are_named_and_all_are_kept) {
    RunningService world;
    std::string body;
    for (int i = 0; i < 150; ++i)
        body += "bad\n";
    const auto response = world.post(body);
    expect_problem(response, 422, "events-rejected");
    EXPECT_EQ(json_of(response).at("errors").size(), 100U);
    EXPECT_EQ(json_of(response).at("errors")[99].at("line"), 100);
    EXPECT_EQ(json_of(response).at("rejected"), 150);
    EXPECT_EQ(world.get_json("/v1/dead-letters?limit=1000").at("dead_letters").size(), 150U);
    EXPECT_EQ(world.ledger().at("rejected"), 150);
}

TEST(EventsRoutes, on_error_reject_leaves_no_trace_of_a_bad_batch) {
    RunningService world;
    const HeaderList key{{"Idempotency-Key", "b1"}};
    expect_problem(world.post(line_of("a-1") + "\nbad\n", key, "?on_error=reject"), 422, "events-rejected");
    expect_no_trace(world);
    // Nothing remembers the batch id either.
    const auto corrected = world.post(lines_of("a", 2), key, "?on_error=reject");
    EXPECT_EQ(corrected.status, 200U);
    EXPECT_FALSE(is_replay(corrected));
    EXPECT_EQ(json_of(corrected).at("stored"), 2);
    EXPECT_EQ(world.ledger().at("received"), 2);
}

TEST(EventsRoutes, what_cannot_be_understood_is_400_and_stores_nothing) {
    RunningService world;
    const std::string good = lines_of("a", 1);
    expect_problem(world.post(good, {}, "?on_error=maybe"), 400, "invalid-request");
    expect_problem(world.post(good, {}, "?onerror=skip"), 400, "invalid-request");
    expect_problem(world.post(good, {{"Idempotency-Key", "two words"}}), 400, "invalid-request");
    expect_problem(world.post(good, {{"Idempotency-Key", std::string(129, 'k')}}), 400, "invalid-request");
    expect_problem(world.post(good, {{"Idempotency-Key", "a"}, {"Idempotency-Key", "b"}}), 400,
                   "invalid-request");
    expect_problem(world.post("[1,", {}, "", "application/json"), 400, "body-unreadable");
    expect_problem(world.post("name,County\nx,Kent\n", {}, "", "text/csv"), 400, "body-unreadable");
    expect_problem(world.post("no zstd", {{"Content-Encoding", "zstd"}}), 400, "body-unreadable");
    expect_problem(world.post("no gzip", {{"Content-Encoding", "gzip"}}), 400, "body-unreadable");
    const std::string whole = zstd_compress(lines_of("a", 50));
    expect_problem(
        world.post(std::string_view(whole).substr(0, whole.size() - 1), {{"Content-Encoding", "zstd"}}), 400,
        "body-unreadable");
    expect_no_trace(world);
    EXPECT_EQ(world.post(good, {{"Idempotency-Key", std::string(128, 'k')}}).status, 200U);
}

TEST(EventsRoutes, other_media_types_and_encodings_are_415_and_say_what_is_taken) {
    RunningService world;
    const std::string good = lines_of("a", 1);
    for (const std::string_view type :
         {"", "text/plain", "application/x-ndjson; charset=latin1", "application/x-ndjson-2"}) {
        const auto response = world.post(good, {}, "", type);
        expect_problem(response, 415, "unsupported-media-type");
        const std::string taken(response.headers.get("Accept-Post").value_or(""));
        for (const char* name : {"application/x-ndjson", "application/json", "text/csv"})
            EXPECT_NE(taken.find(name), std::string::npos) << taken;
    }
    for (const char* encoding : {"br", "zstd, gzip", "deflate"}) {
        const auto response = world.post(good, {{"Content-Encoding", encoding}});
        expect_problem(response, 415, "unsupported-encoding");
        const std::string taken(response.headers.get("Accept-Encoding").value_or(""));
        for (const char* name : {"zstd", "gzip", "identity"})
            EXPECT_NE(taken.find(name), std::string::npos) << taken;
    }
    expect_no_trace(world);
}

TEST(EventsRoutes, a_request_without_length_or_chunks_is_411) {
    RunningService world;
    http::test::RawSocket socket(world.url().port);
    ASSERT_TRUE(
        socket.send("POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n\r\n"));
    const std::string answer = socket.read_answer();
    EXPECT_EQ(answer.rfind("HTTP/1.1 411 ", 0), 0U) << answer;
    EXPECT_NE(answer.find("urn:weir:problem:length-required"), std::string::npos) << answer;
    expect_no_trace(world);
}

TEST(EventsRoutes, a_chunked_body_is_taken) {
    RunningService world;
    http::test::RawSocket socket(world.url().port);
    const std::string line = line_of("a-1");
    ASSERT_TRUE(
        socket.send("POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n" +
                    fmt::format("{:x}\r\n", line.size()) + line + "\r\n0\r\n\r\n"));
    EXPECT_EQ(socket.read_answer().rfind("HTTP/1.1 200 ", 0), 0U);
    EXPECT_EQ(world.ledger().at("stored"), 1);
}

TEST(EventsRoutes, a_body_may_be_as_long_as_the_limit_and_not_a_byte_longer) {
    const std::string body = lines_of("run", 20);
    RunningService world(with_limits(Bytes{body.size()}, 64_MiB));
    const auto over = world.post(body + "\n");
    expect_problem(over, 413, "too-large");
    EXPECT_EQ(json_of(over).at("limit_bytes"), body.size());
    expect_no_trace(world);
    EXPECT_EQ(json_of(world.post(body)).at("stored"), 20);
    EXPECT_EQ(world.ledger().at("received"), 20);
}

TEST(EventsRoutes, a_decompressed_body_may_be_as_long_as_its_limit_and_not_a_byte_longer) {
    const std::string body = lines_of("run", 20);
    RunningService world(with_limits(8_MiB, Bytes{body.size()}));
    const auto over = world.post(zstd_compress(body + "\n"), {{"Content-Encoding", "zstd"}});
    expect_problem(over, 413, "too-large");
    EXPECT_EQ(json_of(over).at("limit_bytes"), body.size());
    expect_no_trace(world);
    EXPECT_EQ(json_of(world.post(zstd_compress(body), {{"Content-Encoding", "zstd"}})).at("stored"), 20);
}

TEST(EventsRoutes, a_zstd_bomb_is_413) {
    RunningService world;
    const std::string bomb = zstd_compress(std::string(std::size_t{32} << 20U, '\n'), 19);
    ASSERT_LT(bomb.size(), 64U << 10U);
    const auto response = world.post(bomb, {{"Content-Encoding", "zstd"}});
    expect_problem(response, 413, "too-large");
    EXPECT_TRUE(json_of(response).at("limit_bytes").is_number_unsigned());
    expect_no_trace(world);
}

TEST(EventsRoutes, a_batch_sent_again_gets_its_first_verdict) {
    RunningService world;
    const std::string body = lines_of("run", 4) + "bad\n";
    const HeaderList key{{"Idempotency-Key", "b1"}};
    const auto first = world.post(body, key);
    const auto again = world.post(body, key);
    EXPECT_EQ(first.status, 422U);
    EXPECT_EQ(again.status, 422U);
    EXPECT_FALSE(is_replay(first));
    EXPECT_TRUE(is_replay(again));
    EXPECT_EQ(json_of(first), json_of(again));
    const Json ledger = world.ledger();
    EXPECT_EQ(ledger.at("received"), 10);
    EXPECT_EQ(ledger.at("stored"), 4);
    EXPECT_EQ(ledger.at("rejected"), 1);
    EXPECT_EQ(ledger.at("duplicates"), 5);
    EXPECT_EQ(ledger.at("batches"), 1);
    EXPECT_EQ(ledger.at("replays"), 1);
    EXPECT_EQ(world.get_json("/v1/dead-letters").at("dead_letters").size(), 1U);
}

TEST(EventsRoutes, without_a_key_the_same_body_is_the_same_batch) {
    RunningService world;
    const auto first = world.post(lines_of("run", 2));
    const auto again = world.post(lines_of("run", 2));
    EXPECT_TRUE(is_replay(again));
    EXPECT_EQ(json_of(first), json_of(again));
    EXPECT_FALSE(is_replay(world.post(lines_of("run", 3))));
    EXPECT_EQ(world.ledger().at("stored"), 3);
}

TEST(EventsRoutes, a_batch_id_used_for_other_content_is_409) {
    RunningService world;
    const HeaderList key{{"Idempotency-Key", "b1"}};
    EXPECT_EQ(world.post(lines_of("run", 2), key).status, 200U);
    expect_problem(world.post(lines_of("run", 3), key), 409, "batch-conflict");
    const Json ledger = world.ledger();
    EXPECT_EQ(ledger.at("received"), 2);
    EXPECT_EQ(ledger.at("batches"), 1);
}

TEST(EventsRoutes, a_batch_sent_by_many_at_once_is_stored_once) {
    RunningService world;
    const std::string body = lines_of("run", 50);
    constexpr int senders = 8;
    std::atomic<int> replays = 0, good = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < senders; ++i)
        threads.emplace_back([&] {
            const auto client = world.connect();
            const auto response = world.post_by(*client, body, {{"Idempotency-Key", "b1"}});
            if (response.status == 200 && json_of(response).at("stored") == 50) ++good;
            if (is_replay(response)) ++replays;
        });
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(good, senders);
    EXPECT_EQ(replays, senders - 1);
    const Json ledger = world.ledger();
    EXPECT_EQ(ledger.at("stored"), 50);
    EXPECT_EQ(ledger.at("duplicates"), 50 * (senders - 1));
}

TEST(EventsRoutes, a_batch_sent_again_after_a_restart_gets_its_first_verdict) {
    RunningService world;
    const HeaderList key{{"Idempotency-Key", "b1"}};
    const auto first = world.post(lines_of("run", 4), key);
    const Json before = world.ledger();
    world.restart();
    EXPECT_EQ(world.ledger(), before);
    const auto again = world.post(lines_of("run", 4), key);
    EXPECT_TRUE(is_replay(again));
    EXPECT_EQ(json_of(first), json_of(again));
    expect_problem(world.post(lines_of("run", 5), key), 409, "batch-conflict");
    // Other batches with the same events bring nothing new.
    EXPECT_EQ(json_of(world.post(lines_of("run", 4) + "\n", {{"Idempotency-Key", "b2"}})).at("duplicates"),
              4);
    EXPECT_EQ(world.ledger().at("stored"), 4);
}

TEST(EventsRoutes, events_later_than_the_allowed_lateness_are_counted_as_late) {
    RunningService world;  // 30 seconds
    const auto response = world.post(line_of("a-1", -30'000) + "\n" + line_of("a-2", -30'001) + "\n");
    EXPECT_EQ(json_of(response).at("late"), 1) << response.body;
    EXPECT_EQ(world.ledger().at("late"), 1);
}

TEST(EventsRoutes, a_token_is_wanted_everywhere_but_at_the_probes) {
    ServiceOptions options;
    options.token = "correct-horse";
    RunningService world(options);
    for (const char* authorization : {"", "Bearer wrong-horse.", "Bearer correct-hors",
                                      "Bearer correct-horse2", "Basic correct-horse", "correct-horse"}) {
        const HeaderList headers{{"Authorization", authorization}};
        const auto refused = world.post(lines_of("run", 1), headers);
        expect_problem(refused, 401, "unauthorized");
        EXPECT_EQ(refused.headers.get("WWW-Authenticate").value_or("").substr(0, 6), "Bearer");
        for (const char* path : {"/v1/ledger", "/metrics", "/v1/status", "/v1/rows/latest", "/nowhere"})
            expect_problem(world.send("GET", path, {}, headers), 401, "unauthorized");
        EXPECT_EQ(world.send("GET", "/livez", {}, headers).status, 200U);
        EXPECT_EQ(world.send("GET", "/readyz", {}, headers).status, 200U);
    }
    expect_no_trace(world);
    EXPECT_EQ(world.post(lines_of("run", 1)).status, 200U);
    EXPECT_EQ(world.post(lines_of("run", 2), {{"Authorization", "bearer correct-horse"}}).status, 200U);
}

TEST(EventsRoutes, a_nearly_full_disk_is_503_and_everything_can_still_be_read) {
    ServiceOptions options;
    options.min_free = Bytes{std::uint64_t{1} << 62U};
    RunningService world(options);
    const auto response = world.post(lines_of("run", 1));
    expect_problem(response, 503, "disk-full");
    EXPECT_GE(std::stoi(std::string(response.headers.get("Retry-After").value_or("0"))), 1);
    expect_problem(world.get("/readyz"), 503, "disk-full");
    EXPECT_EQ(world.get("/livez").status, 200U);
    EXPECT_EQ(world.get_json("/v1/status").at("state"), "disk-full");
    expect_no_trace(world);
}

}  // namespace
}  // namespace weir::test

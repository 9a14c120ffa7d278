// Rows pushed to a receiver of the tests' own: Standard Webhooks 1.0, and what is promised in
// docs/webhook.md.
#include "server/webhook.h"

#include <set>
#include <span>

#include "base/base64.h"
#include "http/tls_server.h"
#include "running_service.h"
#include "server/webhook_message.h"
#include "support/reserved_port.h"
#include "webhook_receiver.h"

namespace weir::test {
namespace {

const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

ServiceOptions pushing_to(const std::string& url) {
    ServiceOptions options;
    options.webhook.url = url;
    options.webhook.first_pause = Duration{20};
    options.webhook.longest_pause = Duration{50};
    options.webhook.timeout = patience;
    options.window.size = std::chrono::minutes{1};
    options.window.slide = std::chrono::minutes{1};
    return options;
}

// Lets the window that ends at the next minute close.
void close_window(RunningService& world) {
    world.clock.advance(std::chrono::minutes{1});
}

std::string header(const http::Request& request, const std::string& name) {
    return std::string(request.head.headers.get(name).value_or(""));
}
Json row_in(const http::Request& request) {
    return Json::parse(request.body).at("data");
}
// The requests about the window that ends then, once there are `count`.
std::vector<http::Request> about(WebhookReceiver& receiver, const std::string& end, std::size_t count) {
    std::vector<http::Request> found;
    for (int i = 0; i < 3'000 && found.size() < count; ++i) {
        found.clear();
        for (http::Request& request : receiver.requests(0))
            if (row_in(request).at("window_end") == end) found.push_back(std::move(request));
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    return found;
}
const std::string end_of_window = "2026-11-24T00:16:00.000Z";  // of an event at start_time

double metric(RunningService& world, const std::string& name) {
    const std::string text = "\n" + world.get("/metrics").body;
    const std::size_t at = text.find("\n" + name + " ");
    return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size() + 2));
}

// The values that the specification's own libraries test with.
TEST(Webhook, signs_as_standard_webhooks_says) {
    const auto key = parse_webhook_secret(secret);
    ASSERT_TRUE(key.has_value());
    const std::string body = R"({"test": 2432232314})";
    const auto request =
        webhook_request({}, "msg_p5jXN8AQM9LWM0D4loKWxJek", body, *key, timestamp_from_ms(1'614'265'330'000));
    EXPECT_EQ(request.headers.get("webhook-id"), "msg_p5jXN8AQM9LWM0D4loKWxJek");
    EXPECT_EQ(request.headers.get("webhook-timestamp"), "1614265330");
    EXPECT_EQ(request.headers.get("webhook-signature"), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    EXPECT_FALSE(webhook_request({}, "x", body, "", start_time).headers.get("webhook-signature"));
}

TEST(Webhook, a_secret_has_its_form) {
    for (const std::string bad :
         {"", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ=", "whsec_!"}) {
        const auto read = parse_webhook_secret(bad);
        ASSERT_FALSE(read.has_value()) << bad;
        EXPECT_EQ(read.error().code, ErrorCode::usage);
    }
}

TEST(Webhook, a_url_keeps_its_path_and_query) {
    const auto target = [](const std::string& url) {
        const auto read = parse_webhook_url(url);
        return read ? read->target : read.error().reason;
    };
    EXPECT_EQ(target("https://example.org/hook/?sig=a%2Fb"), "/hook/?sig=a%2Fb");
    EXPECT_EQ(target("http://example.org"), "/");
    EXPECT_EQ(target("http://example.org?x=1"), "/?x=1");
    for (const std::string bad : {"example.org/x", "ftp://example.org/", "http://user:pw@example.org/",
                                  "http://example.org/#top", "http://example.org/a b", "http://e/\r\nX: y"})
        EXPECT_EQ(target(bad), "url-invalid") << bad;
}

TEST(Webhook, a_closed_window_is_pushed_and_signed) {
    WebhookReceiver receiver;
    ServiceOptions options = pushing_to(receiver.url("/hook?tenant=7"));
    options.webhook.key = parse_webhook_secret(secret).value();
    RunningService world(options);
    EXPECT_EQ(world.post(lines_of("a", 3)).status, 200U);
    close_window(world);
    world.clock.advance(Duration{1'000});  // it settles
    const auto requests = about(receiver, end_of_window, 1);
    ASSERT_EQ(requests.size(), 1U);
    EXPECT_EQ(requests[0].head.method, "POST");
    EXPECT_EQ(requests[0].head.path, "/hook");
    EXPECT_EQ(requests[0].head.query, (http::QueryParameters{{"tenant", "7"}}));
    EXPECT_EQ(header(requests[0], "Content-Type"), "application/json");
    const std::string id = header(requests[0], "webhook-id");
    EXPECT_EQ(id, "county-1m.1795479360000.0");
    EXPECT_EQ(header(requests[0], "Idempotency-Key"), id);
    const Json message = Json::parse(requests[0].body);
    EXPECT_EQ(message.at("type"), "window.closed");
    EXPECT_EQ(message.at("data"), world.get_json("/v1/rows/2026-11-24T00:16:00Z"));
    EXPECT_EQ(message.at("data").at("total"), 3);
    const auto expected =
        webhook_request({}, id, requests[0].body, options.webhook.key,
                        timestamp_from_ms(std::stoll(header(requests[0], "webhook-timestamp")) * 1000));
    EXPECT_EQ(header(requests[0], "webhook-signature"), expected.headers.get("webhook-signature"));
    EXPECT_TRUE(eventually([&] {
        return metric(world, R"(weir_webhook_deliveries_total{outcome="delivered"})") >= 1 &&
               metric(world, "weir_webhook_pending_rows") == 0;
    }));
}

TEST(Webhook, a_rewritten_row_is_pushed_again_under_another_id) {
    WebhookReceiver receiver;
    RunningService world(pushing_to(receiver.url()));
    EXPECT_EQ(world.post(line_of("a-1")).status, 200U);
    world.clock.advance(std::chrono::seconds{62});
    ASSERT_EQ(about(receiver, end_of_window, 1).size(), 1U);
    EXPECT_EQ(world.post(line_of("a-2")).status, 200U);
    const auto requests = about(receiver, end_of_window, 2);
    ASSERT_EQ(requests.size(), 2U);
    EXPECT_EQ(header(requests[1], "webhook-id"), "county-1m.1795479360000.1");
    EXPECT_EQ(Json::parse(requests[1].body).at("type"), "window.revised");
    EXPECT_EQ(row_in(requests[1]).at("total"), 2);
    world.clock.advance(std::chrono::seconds{40});  // its lateness is over
    const auto all = about(receiver, end_of_window, 3);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(header(all[2], "webhook-id"), "county-1m.1795479360000.1.final");
    EXPECT_EQ(row_in(all[2]).at("final"), true);
}

TEST(Webhook, is_tried_again_until_it_is_taken_with_the_same_id_and_body) {
    http::Response moved = status_answer(302);
    moved.headers.add("Location", "http://127.0.0.1:1/elsewhere");
    WebhookReceiver receiver({status_answer(500), moved, status_answer(400), status_answer(503)});
    RunningService world(pushing_to(receiver.url()));
    world.clock.advance(std::chrono::seconds{62});
    const auto requests = receiver.requests(5);
    ASSERT_GE(requests.size(), 5U);  // another row may follow at once
    std::set<std::string> ids, bodies;
    for (const http::Request& request : std::span(requests).first(5)) {
        ids.insert(header(request, "Idempotency-Key"));
        bodies.insert(request.body);
        EXPECT_EQ(request.head.path, "/hook");  // no redirect is followed
    }
    EXPECT_EQ(ids.size(), 1U);
    EXPECT_EQ(bodies.size(), 1U);
    for (const http::Request& request : std::span(requests).subspan(5))
        EXPECT_FALSE(ids.contains(header(request, "Idempotency-Key")));
    EXPECT_TRUE(
        eventually([&] { return metric(world, R"(weir_webhook_deliveries_total{outcome="failed"})") == 4; }));
}

TEST(Webhook, a_receiver_that_is_down_or_silent_holds_nothing_up_and_gets_every_row_in_order) {
    const ReservedPort reserved;
    const std::uint16_t port = reserved.number();
    ServiceOptions options = pushing_to("http://127.0.0.1:" + std::to_string(port) + "/hook");
    options.webhook.timeout = Duration{100};
    RunningService world(options);
    for (int minute = 0; minute < 3; ++minute) {
        EXPECT_EQ(world.post(line_of("a-" + std::to_string(minute), minute * 60'000)).status, 200U);
        world.clock.advance(std::chrono::minutes{1});
    }
    world.clock.advance(Duration{1'000});
    EXPECT_TRUE(eventually([&] { return metric(world, "weir_webhook_pending_rows") >= 3; }));
    EXPECT_EQ(world.get("/readyz").status, 200U);
    WebhookReceiver receiver({status_answer(0), status_answer(0)}, port);  // two tries time out
    receiver.requests(5);
    EXPECT_TRUE(eventually([&] { return metric(world, "weir_webhook_pending_rows") == 0; }));
    std::vector<std::string> first_times;
    for (const http::Request& request : receiver.requests(5)) {
        const std::string end = row_in(request).at("window_end");
        if (std::find(first_times.begin(), first_times.end(), end) == first_times.end())
            first_times.push_back(end);
    }
    EXPECT_EQ(first_times,
              (std::vector<std::string>{"2026-11-24T00:15:00.000Z", "2026-11-24T00:16:00.000Z",
                                        "2026-11-24T00:17:00.000Z", "2026-11-24T00:18:00.000Z"}));
}

TEST(Webhook, rows_that_were_not_taken_come_after_a_restart_and_taken_ones_do_not_all_come_again) {
    const ReservedPort reserved;
    const std::uint16_t port = reserved.number();
    RunningService world(pushing_to("http://127.0.0.1:" + std::to_string(port) + "/hook"));
    {
        WebhookReceiver receiver({}, port);
        world.clock.advance(std::chrono::seconds{62});
        ASSERT_EQ(about(receiver, end_of_window, 1).size(), 1U);
        world.clock.advance(std::chrono::seconds{40});
        ASSERT_EQ(about(receiver, end_of_window, 2).size(), 2U);  // final
        EXPECT_TRUE(eventually([&] { return metric(world, "weir_webhook_pending_rows") == 0; }));
    }
    // A late event rewrites the delivered row, and another window closes, while nobody listens.
    EXPECT_EQ(world.post(line_of("late-1")).status, 200U);
    world.clock.advance(std::chrono::seconds{20});
    EXPECT_TRUE(eventually([&] { return metric(world, "weir_webhook_pending_rows") >= 2; }));
    world.restart();
    WebhookReceiver receiver({}, port);
    EXPECT_TRUE(eventually([&] { return metric(world, "weir_webhook_pending_rows") == 0; }));
    std::set<std::string> ids;
    for (const http::Request& request : receiver.requests(2))
        ids.insert(header(request, "webhook-id"));
    EXPECT_TRUE(ids.contains("county-1m.1795479360000.1.final")) << ids.size();
    EXPECT_TRUE(ids.contains("county-1m.1795479420000.0")) << ids.size();
    EXPECT_FALSE(ids.contains("county-1m.1795479360000.0"));
}

TEST(Webhook, a_certificate_that_is_not_trusted_gets_nothing) {
    std::atomic<int> served{0};
    const auto serve = [&](http::test::TlsPeer& peer) {
        peer.read_through("\r\n\r\n");
        ++served;
        peer.send("HTTP/1.1 204 No Content\r\n\r\n");
        peer.finish();
    };
    http::test::TlsServer server({}, serve);
    const std::string url = "https://localhost:" + std::to_string(server.port()) + "/";
    {
        RunningService world(pushing_to(url));
        world.clock.advance(std::chrono::seconds{62});
        EXPECT_TRUE(eventually(
            [&] { return metric(world, R"(weir_webhook_deliveries_total{outcome="failed"})") >= 2; }));
        EXPECT_EQ(served, 0);
    }
    ServiceOptions options = pushing_to(url);
    options.webhook.ca_file = server.certificate_file();
    RunningService world(options);
    world.clock.advance(std::chrono::seconds{62});
    EXPECT_TRUE(eventually([&] { return served > 0; }));
}

TEST(Webhook, stopping_does_not_wait_for_a_silent_receiver) {
    WebhookReceiver receiver({status_answer(0)});
    ServiceOptions options = pushing_to(receiver.url());
    options.webhook.timeout = std::chrono::minutes{5};
    RunningService world(options);
    world.clock.advance(std::chrono::seconds{62});
    ASSERT_GE(receiver.requests(1).size(), 1U);
    const auto start = std::chrono::steady_clock::now();
    world.stop();
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::minutes{2});
    world.start();  // for the destructor
}

}  // namespace
}  // namespace weir::test

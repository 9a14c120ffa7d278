// The transport against weir's own HTTP server, and against an address where nobody listens.
#include "transport/http_transport.h"

#include <algorithm>
#include <functional>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "http/server.h"
#include "support/reserved_port.h"

namespace weir {
namespace {

// Keeps the requests that come and answers them as the test says.
class AnsweringServer final : public http::Application {
  public:
    explicit AnsweringServer(http::Response response = {}) : response_(std::move(response)) {
        http::ServerOptions options;
        options.port = 0;
        options.threads = 1;
        server_ = std::move(http::Server::listen(options, *this).value());
        server_->start();
    }
    ~AnsweringServer() override { server_.reset(); }

    std::optional<http::Response> admit(const http::RequestHead&) override { return std::nullopt; }
    void handle(http::Request request, http::Responder responder) override {
        const std::lock_guard lock(mutex_);
        requests_.push_back(std::move(request));
        if (silent)
            held_.push_back(responder);
        else
            responder.send(response_);
    }
    http::Response refusal(unsigned status, const std::string&, const std::string& detail) override {
        http::Response response;
        response.status = status;
        response.body = detail;
        return response;
    }
    [[nodiscard]] http::Url url(std::string prefix = {}) const {
        return {"127.0.0.1", server_->port(), std::move(prefix)};
    }
    std::vector<http::Request> requests() {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

    std::atomic<bool> silent = false;

  private:
    http::Response response_;
    std::mutex mutex_;
    std::vector<http::Request> requests_;
    std::vector<http::Responder> held_;
    std::unique_ptr<http::Server> server_;
};

const OutgoingBatch batch{"r7f3-b1", "{\"event_id\":\"r7f3-000001\"}\n", "application/x-ndjson", "zstd", 10};

using Fields = std::vector<std::pair<std::string, std::string>>;

Delivery deliver(unsigned status, std::string body, const Fields& fields = {}) {
    http::Response response;
    response.status = status;
    response.body = std::move(body);
    for (const auto& [name, value] : fields)
        response.headers.add(name, value);
    const AnsweringServer server(std::move(response));
    HttpTransport transport(server.url(), {});
    return transport.send(batch);
}

const std::string good_verdict =
    R"({"batch_id":"r7f3-b1","received":10,"stored":7,"duplicates":3,"rejected":0,"late":2,"errors":[]})";

TEST(HttpTransport, sends_the_batch_as_the_interface_says) {
    AnsweringServer server;
    HttpTransport::Options options;
    options.token = "secret";
    HttpTransport(server.url("/base"), options).send(batch);
    OutgoingBatch plain = batch;
    plain.content_encoding.clear();
    HttpTransport(server.url(), {}).send(plain);
    const auto requests = server.requests();
    ASSERT_EQ(requests.size(), 2U);
    const http::RequestHead& head = requests[0].head;
    EXPECT_EQ(head.method, "POST");
    EXPECT_EQ(head.path, "/base/v1/events");
    EXPECT_EQ(head.headers.get("Content-Type"), "application/x-ndjson");
    EXPECT_EQ(head.headers.get("Content-Encoding"), "zstd");
    EXPECT_EQ(head.headers.get("Idempotency-Key"), "r7f3-b1");
    EXPECT_EQ(head.headers.get("Authorization"), "Bearer secret");
    EXPECT_EQ(requests[0].body, batch.body);
    EXPECT_EQ(requests[1].head.path, "/v1/events");
    EXPECT_EQ(requests[1].head.headers.count("Content-Encoding"), 0U);
    EXPECT_EQ(requests[1].head.headers.count("Authorization"), 0U);
}

TEST(HttpTransport, a_verdict_is_an_acknowledgement) {
    const Delivery delivery = deliver(200, good_verdict);
    ASSERT_EQ(delivery.outcome, Delivery::Outcome::acknowledged) << delivery.error.message;
    EXPECT_EQ(delivery.verdict.stored, 7U);
    EXPECT_EQ(delivery.verdict.duplicates, 3U);
    EXPECT_EQ(delivery.verdict.late, 2U);
    EXPECT_FALSE(delivery.verdict.replayed);
    EXPECT_TRUE(deliver(200, good_verdict, {{"Idempotency-Replayed", "true"}}).verdict.replayed);
}

TEST(HttpTransport, rejected_events_are_an_acknowledgement_too) {
    const Delivery delivery = deliver(
        422,
        R"({"type":"urn:weir:problem:events-rejected","title":"x","status":422,"detail":"y","batch_id":"r7f3-b1",)"
        R"("received":10,"stored":9,"duplicates":0,"rejected":1,"late":0,)"
        R"("errors":[{"line":4,"code":"ts_in_future","message":"too early"}]})");
    ASSERT_EQ(delivery.outcome, Delivery::Outcome::acknowledged) << delivery.error.message;
    EXPECT_EQ(delivery.verdict.rejected, 1U);
    ASSERT_EQ(delivery.verdict.errors.size(), 1U);
    EXPECT_EQ(delivery.verdict.errors[0], (LineError{4, RejectReason::ts_in_future, "too early"}));
}

TEST(HttpTransport, passing_trouble_is_worth_another_try) {
    for (const unsigned status : {408U, 425U, 429U, 500U, 502U, 503U, 504U, 507U}) {
        const Delivery delivery = deliver(
            status, R"({"type":"urn:weir:problem:disk-full","title":"t","detail":"the disk is full"})",
            {{"Retry-After", "7"}});
        EXPECT_EQ(delivery.outcome, Delivery::Outcome::retry) << status;
        EXPECT_EQ(delivery.retry_after, Duration{7'000}) << status;
        EXPECT_EQ(delivery.error.reason, "disk-full");
        EXPECT_NE(delivery.error.message.find("the disk is full"), std::string::npos)
            << delivery.error.message;
    }
}

TEST(HttpTransport, a_retry_after_that_is_no_number_of_seconds_is_left_out) {
    for (const char* value :
         {"", "soon", "-5", "7s", "1.5", "99999999999999999999", "Fri, 31 Dec 1999 23:59:59 GMT"})
        EXPECT_EQ(deliver(503, "", {{"Retry-After", value}}).retry_after, Duration{0}) << value;
    EXPECT_EQ(deliver(503, "", {{"Retry-After", "99999999999"}}).retry_after, std::chrono::hours{24});
}

TEST(HttpTransport, everything_else_is_a_refusal_in_the_server_s_words) {
    for (const unsigned status : {301U, 400U, 404U, 405U, 409U, 411U, 413U, 415U, 422U, 431U}) {
        const Delivery delivery = deliver(
            status,
            R"({"type":"urn:weir:problem:some-reason","title":"t","status":1,"detail":"what happened","hint":"what to do"})");
        EXPECT_EQ(delivery.outcome, Delivery::Outcome::refused) << status;
        EXPECT_EQ(delivery.error.code, ErrorCode::refused) << status;
        EXPECT_EQ(delivery.error.reason, "some-reason");
        EXPECT_NE(delivery.error.message.find("what happened"), std::string::npos);
        EXPECT_NE(delivery.error.message.find(std::to_string(status)), std::string::npos);
        EXPECT_EQ(delivery.error.hint, "what to do");
    }
    for (const unsigned status : {401U, 403U}) {
        const Delivery delivery = deliver(status, "");
        EXPECT_EQ(delivery.outcome, Delivery::Outcome::refused) << status;
        EXPECT_EQ(delivery.error.code, ErrorCode::unauthorized);
        EXPECT_NE(delivery.error.hint.find("token"), std::string::npos);
    }
}

TEST(HttpTransport, a_problem_that_is_none_still_makes_a_sentence) {
    for (const char* body :
         {"", "<html>", "[]", "7", R"({"detail":7,"type":[]})", "{\"detail\":\"\xFF\"}", "\xFF"}) {
        const Delivery delivery = deliver(404, body);
        EXPECT_EQ(delivery.outcome, Delivery::Outcome::refused) << body;
        EXPECT_EQ(delivery.error.reason, "status-404");
        EXPECT_NE(delivery.error.message.find("404 Not Found"), std::string::npos) << delivery.error.message;
    }
}

TEST(HttpTransport, control_characters_of_a_server_do_not_reach_the_terminal) {
    const Delivery delivery =
        deliver(400, R"({"type":"\u001b[2J","detail":"\u001b[31mred","hint":"\u0007"})");
    for (const std::string& text : {delivery.error.reason, delivery.error.message, delivery.error.hint})
        EXPECT_TRUE(std::none_of(text.begin(), text.end(), [](char c) { return c >= 0 && c < ' '; })) << text;
}

TEST(HttpTransport, an_answer_that_cannot_be_understood_is_no_acknowledgement) {
    const auto altered = [](const std::string& from, const std::string& to) {
        std::string text = good_verdict;
        return text.replace(text.find(from), from.size(), to);
    };
    for (const std::string& body :
         {std::string(), std::string("<html>It works!</html>"), altered("r7f3-b1", "r7f3-b2"),
          altered("\"received\":10", "\"received\":11"),
          altered("\"received\":10,\"stored\":7", "\"received\":11,\"stored\":8"),
          altered("\"stored\":7", "\"stored\":8"), altered("\"stored\":7", "\"stored\":-7"),
          good_verdict.substr(0, good_verdict.size() - 1)}) {
        const Delivery delivery = deliver(200, body);
        EXPECT_EQ(delivery.outcome, Delivery::Outcome::retry) << body;
        EXPECT_EQ(delivery.error.reason, "answer-invalid") << body;
    }
    EXPECT_EQ(deliver(202, good_verdict).outcome, Delivery::Outcome::retry);
    EXPECT_EQ(deliver(422, R"({"type":"urn:weir:problem:events-rejected"})").outcome,
              Delivery::Outcome::retry);
}

TEST(HttpTransport, an_address_where_nobody_listens_is_worth_another_try) {
    const test::ReservedPort port;
    HttpTransport transport({"127.0.0.1", port.number(), ""}, {});
    const Delivery delivery = transport.send(batch);
    EXPECT_EQ(delivery.outcome, Delivery::Outcome::retry);
    EXPECT_EQ(delivery.error.code, ErrorCode::unreachable);
}

TEST(HttpTransport, one_transport_sends_many_batches) {
    http::Response response;
    response.body = good_verdict;
    AnsweringServer server(response);
    HttpTransport transport(server.url(), {});
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(transport.send(batch).outcome, Delivery::Outcome::acknowledged);
}

TEST(HttpTransport, cancelling_ends_a_send_that_waits_and_every_later_one) {
    AnsweringServer server;
    server.silent = true;
    HttpTransport transport(server.url(), {});
    Delivery delivery;
    std::thread sender([&] { delivery = transport.send(batch); });
    while (server.requests().empty())
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    transport.cancel();
    sender.join();
    EXPECT_EQ(delivery.outcome, Delivery::Outcome::retry);
    EXPECT_EQ(delivery.error.code, ErrorCode::interrupted);
    EXPECT_EQ(transport.send(batch).error.code, ErrorCode::interrupted);
}

}  // namespace
}  // namespace weir

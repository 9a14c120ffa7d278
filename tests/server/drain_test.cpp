// Full, failing and stopping: whatever was answered 2xx is there afterwards, and everybody gets an answer.
#include <atomic>
#include <mutex>

#include "http/raw_socket.h"
#include "pipeline/gated_store.h"
#include "running_service.h"
#include "server/api.h"
#include "store/memory_store.h"

namespace weir::test {
namespace {

// The interface in front of a store whose commits can be held up and made to fail.
class GatedServer {
  public:
    explicit GatedServer(std::size_t max_queued_batches = 4096)
        : ingestor_(store, ingestor_options(max_queued_batches),
                    [this](const Error& error) { health.set_failed(error); }),
          aggregator_(store, clock_, {}),
          api_(Backend{store, ingestor_, aggregator_, clock_, options_, health, start_time}) {
        http::ServerOptions wanted;
        wanted.port = 0;
        server_ = std::move(*http::Server::listen(wanted, api_));
        server_->start();
    }
    ~GatedServer() {
        store.open_gate();
        ingestor_.drain();
        server_->drain(patience);
        api_.stop();
        server_.reset();
    }
    GatedServer(const GatedServer&) = delete;
    GatedServer& operator=(const GatedServer&) = delete;

    http::Response post(const std::string& body) const {
        http::Client client({"127.0.0.1", server_->port(), ""});
        http::ClientRequest request{"POST", "/v1/events", {}, body};
        request.headers.add("Content-Type", std::string(ndjson_type));
        auto response = client.send(request);
        if (!response) throw std::runtime_error(response.error().message);
        return std::move(*response);
    }
    unsigned ready() const {
        http::Client client({"127.0.0.1", server_->port(), ""});
        return client.send({"GET", "/readyz"})->status;
    }

    GatedStore store{make_memory_store({})};
    Health health;

  private:
    static IngestorOptions ingestor_options(std::size_t max_queued_batches) {
        IngestorOptions options;
        options.max_queued_batches = max_queued_batches;
        return options;
    }

    ManualClock clock_{start_time};
    ServiceOptions options_;
    Ingestor ingestor_;
    Aggregator aggregator_;
    Api api_;
    std::unique_ptr<http::Server> server_;
};

int retry_after(const http::Response& response) {
    return std::stoi(std::string(response.headers.get("Retry-After").value_or("0")));
}

TEST(Drain, a_full_queue_is_429_with_a_time_to_come_back) {
    GatedServer server(1);
    server.store.close_gate();
    http::Response first;
    std::thread sender([&] { first = server.post(lines_of("a", 2)); });
    server.store.wait_for_commit();
    const auto refused = server.post(lines_of("b", 2));
    server.store.open_gate();
    sender.join();
    expect_problem(refused, 429, "overloaded");
    EXPECT_GE(retry_after(refused), 1);
    EXPECT_EQ(first.status, 200U);
    EXPECT_EQ(server.store.ledger()->received, 2U);
    EXPECT_EQ(server.post(lines_of("b", 2)).status, 200U);
}

TEST(Drain, a_store_that_fails_is_503_from_then_on) {
    GatedServer server;
    EXPECT_EQ(server.ready(), 200U);
    server.store.fail_with({ErrorCode::storage, "disk-error", "the disk failed", ""});
    for (int i = 0; i < 2; ++i) {
        const auto refused = server.post(lines_of("a", 2));
        expect_problem(refused, 503, "storage-failed");
        EXPECT_GE(retry_after(refused), 1);
    }
    // The probe may hear of it a moment after the sender.
    EXPECT_TRUE(eventually([&] { return server.ready() == 503; }));
}

TEST(Drain, a_draining_server_takes_no_more_events) {
    GatedServer server;
    server.health.set_draining();
    const auto refused = server.post(lines_of("a", 2));
    expect_problem(refused, 503, "unavailable");
    EXPECT_GE(retry_after(refused), 1);
    EXPECT_EQ(server.ready(), 503U);
    EXPECT_EQ(server.store.ledger()->received, 0U);
}

TEST(Drain, a_request_half_sent_is_still_answered_and_stored) {
    ServiceOptions options;
    options.http.rate_window = options.http.body_timeout = 2 * patience;  // the body may take its time
    RunningService world(options);
    const http::Url url = world.url();
    http::test::RawSocket socket(url.port);
    const std::string body = lines_of("run", 2);
    ASSERT_TRUE(
        socket.send("POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
                    "Idempotency-Key: b1\r\nExpect: 100-continue\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n"));
    // The head has been read and let through.
    ASSERT_EQ(socket.read_through("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    std::thread stopper([&] { world.stop(2 * patience); });
    EXPECT_TRUE(eventually([&] {  // no further connection is taken: the drain has begun
        return !http::Client(url).send({"GET", "/livez"});
    }));
    ASSERT_TRUE(socket.send(body));
    const std::string answer = socket.read_answer();
    stopper.join();
    EXPECT_EQ(answer.rfind("HTTP/1.1 200 ", 0), 0U) << answer;
    world.start();
    const auto again = world.post(body, {{"Idempotency-Key", "b1"}});
    EXPECT_EQ(again.headers.get("Idempotency-Replayed").value_or(""), "true");
    EXPECT_EQ(world.ledger().at("stored"), 2);
}

TEST(Drain, whatever_was_answered_200_is_there_after_reopening) {
    RunningService world;
    constexpr int senders = 4;
    const http::Url url = world.url();
    std::atomic<int> answered = 0;
    std::mutex mutex;  // guards kept and broken
    std::vector<std::string> kept;
    std::vector<std::string> broken;
    std::vector<std::thread> threads;
    for (int sender = 0; sender < senders; ++sender)
        threads.emplace_back([&, sender] {
            http::Client client(url);
            for (int i = 0;; ++i) {
                const std::string run = "s" + std::to_string(sender) + "b" + std::to_string(i);
                const std::string body = lines_of(run, 3);
                http::ClientRequest request{"POST", "/v1/events", {}, body};
                request.headers.add("Content-Type", std::string(ndjson_type));
                request.headers.add("Idempotency-Key", run);
                const auto response = client.send(request);
                const std::lock_guard lock(mutex);
                if (!response) return;  // closed or not listening: not answered
                if (response->status == 503) return;
                if (response->status != 200) return broken.push_back(response->body);
                kept.push_back(run);
                ++answered;
            }
        });
    const bool busy = eventually([&] { return answered > 50; });
    world.stop();
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_TRUE(busy);
    EXPECT_TRUE(broken.empty()) << broken.front();

    world.start();
    EXPECT_GE(world.ledger().at("stored").get<std::size_t>(), kept.size() * 3);
    for (const std::string& run : kept) {
        const auto again = world.post(lines_of(run, 3), {{"Idempotency-Key", run}});
        ASSERT_EQ(again.headers.get("Idempotency-Replayed").value_or(""), "true") << run;
        ASSERT_EQ(json_of(again).at("stored"), 3) << run;
    }
    // Sent whole, but the answer never came: at most one batch a sender.
    EXPECT_LE(world.ledger().at("stored").get<std::size_t>(), (kept.size() + senders) * 3);
}

TEST(Drain, a_stream_that_runs_is_finished) {
    RunningService world;
    std::string sent;
    for (int batch = 0; batch < 4; ++batch) {
        std::string body;
        for (int i = 1; i <= 1000; ++i)
            body += line_of("s" + std::to_string(batch) + "-" + std::to_string(i), 0, std::string(250, 'k')) +
                    "\n";
        ASSERT_EQ(world.post(body).status, 200U);
        sent += body;
    }
    http::Client client(world.url());
    std::string got;
    std::thread stopper;
    const std::string target = "/v1/events?from=" + format_rfc3339(start_time) +
                               "&to=" + format_rfc3339(start_time + Duration{1000});
    const auto response = client.stream({"GET", target}, [&](std::string_view piece) {
        if (!stopper.joinable()) stopper = std::thread([&] { world.stop(2 * patience); });
        got += piece;
        return true;
    });
    stopper.join();
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 200U);
    EXPECT_TRUE(got == sent);
    world.start();
}

}  // namespace
}  // namespace weir::test

// GET /v1/live, against docs/http.md.
#include <chrono>
#include <optional>

#include "http/raw_socket.h"
#include "running_service.h"
#include "server/live_feed.h"

namespace weir::test {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

// One listener on a plain socket. The chunks of the body are joined; an event ends with an empty line.
class Listener {
  public:
    explicit Listener(const RunningService& world, const std::string& query = {})
        : socket_(world.url().port) {
        socket_.send("GET /v1/live" + query + " HTTP/1.1\r\nHost: x\r\n\r\n");
        head_ = socket_.read_through("\r\n\r\n");
    }

    [[nodiscard]] const std::string& head() const { return head_; }

    // The next event of that name, or nothing when the stream ends before.
    std::optional<Json> next(const std::string& name = "window") {
        for (;;) {
            while (body_.find("\n\n") == std::string::npos)
                if (!read_chunk()) return std::nullopt;
            const std::size_t end = body_.find("\n\n");
            const std::string block = body_.substr(0, end);
            body_.erase(0, end + 2);
            const std::size_t data = block.find("data: ");
            if (block.find("event: " + name + "\n") != std::string::npos && data != std::string::npos)
                return Json::parse(block.substr(data + 6));
        }
    }
    // The first snapshot that counts so many events.
    std::optional<Json> until_total(std::uint64_t total) {
        for (;;) {
            auto snapshot = next();
            if (!snapshot || snapshot->at("row").at("total") == total) return snapshot;
        }
    }
    // Whether the stream has ended in order, with its last chunk.
    bool ended() {
        while (read_chunk()) {
        }
        return ended_;
    }
    http::test::RawSocket& socket() { return socket_; }

  private:
    bool read_chunk() {
        const std::string size = socket_.read_through("\r\n");
        if (size.size() < 3) return false;
        const std::size_t bytes = std::stoull(size, nullptr, 16);
        ended_ = bytes == 0;
        body_ += socket_.read(bytes);
        socket_.read(2);
        return bytes > 0;
    }

    http::test::RawSocket socket_;
    std::string head_;
    std::string body_;
    bool ended_ = false;
};

TEST(Live, a_snapshot_needs_none_before_it) {
    RunningService world;
    ASSERT_EQ(world.post(line_of("a-1") + "\n" + line_of("a-2", 0, "Sussex") + "\nno event\n").status, 422U);
    Listener listener(world);
    EXPECT_EQ(listener.head().rfind("HTTP/1.1 200 ", 0), 0U) << listener.head();
    for (const char* header : {"Content-Type: text/event-stream\r\n", "Cache-Control: no-store\r\n",
                               "X-Accel-Buffering: no\r\n", "Transfer-Encoding: chunked\r\n"})
        EXPECT_NE(listener.head().find(header), std::string::npos) << header << listener.head();
    const auto snapshot = listener.next();
    ASSERT_TRUE(snapshot);
    EXPECT_EQ(snapshot->at("state"), "ready");
    EXPECT_EQ(snapshot->at("row").at("counts"), (Json{{"Kent", 1}, {"Sussex", 1}}));
    EXPECT_EQ(snapshot->at("row").at("keys"), 2);
    EXPECT_EQ(snapshot->at("ledger"), world.ledger());
    // The same numbers as the window's own path has.
    Json window = world.get_json("/v1/windows/live?top=1000");
    Json row = snapshot->at("row");
    for (Json* one : {&window, &row})
        one->erase("computed_at");
    EXPECT_EQ(row, window);
}

TEST(Live, what_is_committed_and_what_leaves_the_window_is_told) {
    RunningService world;
    Listener listener(world);
    ASSERT_TRUE(listener.until_total(0));
    world.post(lines_of("a", 3));
    EXPECT_TRUE(listener.until_total(3));
    world.clock.set(start_time + world.options.window.size);
    EXPECT_TRUE(listener.until_total(0));
}

TEST(Live, nothing_is_sent_while_nothing_changes_but_a_sign_of_life) {
    RunningService world;
    const auto start = SteadyClock::now();  // before anything is sent
    Listener listener(world);
    ASSERT_TRUE(listener.next());
    // The clock stands still, so that only the heartbeat, a comment of 3 bytes, can come.
    EXPECT_EQ(listener.socket().read_through("\n\n\r\n"), "3\r\n:\n\n\r\n");
    EXPECT_GE(SteadyClock::now() - start, LiveFeed::heartbeat - 500ms);
}

TEST(Live, at_most_four_snapshots_a_second) {
    RunningService world;
    const auto start = SteadyClock::now();  // before the first of them is sent
    Listener listener(world);
    ASSERT_TRUE(listener.next());
    std::atomic<bool> stop = false;
    std::thread sender([&] {
        const auto client = world.connect();
        for (int i = 0; !stop; ++i)
            world.post_by(*client, line_of("a-" + std::to_string(i)) + "\n");
    });
    std::uint64_t last = 0;
    for (int i = 0; i < 5; ++i) {
        const auto snapshot = listener.next();
        ASSERT_TRUE(snapshot);
        EXPECT_GT(snapshot->at("row").at("total").get<std::uint64_t>(), last);
        last = snapshot->at("row").at("total").get<std::uint64_t>();
    }
    EXPECT_GE(SteadyClock::now() - start, 5 * LiveFeed::look_pause);
    stop = true;
    sender.join();
}

TEST(Live, top_keeps_the_largest_and_says_how_many_there_are) {
    RunningService world;
    world.post(line_of("a-1") + "\n" + line_of("a-2") + "\n" + line_of("a-3", 0, "Sussex") + "\n");
    Listener listener(world, "?top=1");
    const auto snapshot = listener.next();
    ASSERT_TRUE(snapshot);
    EXPECT_EQ(snapshot->at("row").at("counts"), (Json{{"Kent", 2}}));
    EXPECT_EQ(snapshot->at("row").at("keys"), 2);
    EXPECT_EQ(snapshot->at("row").at("total"), 3);
    for (const char* query : {"?top=0", "?top=1001", "?top=x", "?at=0"})
        expect_problem(world.get(std::string("/v1/live") + query), 400, "invalid-request");
}

TEST(Live, listeners_are_bounded_and_one_who_left_makes_room) {
    RunningService world;
    std::vector<std::unique_ptr<Listener>> listeners;
    for (std::size_t i = 0; i < LiveFeed::max_listeners; ++i)
        listeners.push_back(std::make_unique<Listener>(world));
    expect_problem(world.get("/v1/live"), 503, "unavailable");
    // All of them get what comes, although two threads pull the streams.
    world.post(lines_of("a", 2));
    for (const auto& listener : listeners)
        ASSERT_TRUE(listener->until_total(2));
    listeners.pop_back();
    EXPECT_TRUE(eventually([&] {
        world.clock.set(world.clock.now() + 1s);  // something to say, at which the loss is noticed
        Listener listener(world);
        return listener.head().rfind("HTTP/1.1 200 ", 0) == 0;
    }));
}

TEST(Live, a_drain_ends_the_streams_with_a_farewell) {
    RunningService world;
    Listener listener(world);
    ASSERT_TRUE(listener.next());
    const auto start = SteadyClock::now();
    std::thread stopper([&] { world.stop(5min); });
    EXPECT_TRUE(listener.next("bye"));
    EXPECT_TRUE(listener.ended());
    stopper.join();
    EXPECT_LT(SteadyClock::now() - start, 2min);
}

TEST(Live, wants_the_token_and_answers_head) {
    ServiceOptions options;
    options.token = "secret";
    RunningService world(options);
    expect_problem(world.send("GET", "/v1/live", {}, {{"Authorization", ""}}), 401, "unauthorized");
    const auto head = world.send("HEAD", "/v1/live");
    EXPECT_EQ(head.status, 200U);
    EXPECT_EQ(head.headers.get("Content-Type").value_or(""), "text/event-stream");
}

}  // namespace
}  // namespace weir::test

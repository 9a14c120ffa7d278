// How a session finds its settings, and that it speaks to a server for real.
#include "aws/session.h"

#include <mutex>

#include "aws/credential_world.h"
#include "aws/endpoint.h"
#include "aws/pooled_sender.h"
#include "aws/services.h"
#include "http/server.h"

namespace weir::aws::test {
namespace {

using namespace std::chrono_literals;

TEST(Session, the_region_comes_from_flag_environment_or_profile) {
    CredentialWorld world;
    const auto region = [&](SessionOptions options) {
        const auto session = open_session(std::move(options), world.environment(), world.clock);
        return session ? (*session)->region() : session.error().reason;
    };
    EXPECT_EQ(region({}), "region-missing");
    world.write(".aws/config", "[default]\nregion = from-file\n[profile p]\nregion = from-p\n");
    EXPECT_EQ(region({}), "from-file");
    EXPECT_EQ(region({.profile = "p"}), "from-p");
    world.variables["AWS_PROFILE"] = "p";
    EXPECT_EQ(region({}), "from-p");
    world.variables["AWS_DEFAULT_REGION"] = "from-default";
    EXPECT_EQ(region({}), "from-default");
    world.variables["AWS_REGION"] = "from-region";
    EXPECT_EQ(region({}), "from-region");
    EXPECT_EQ(region({.region = "flag-1"}), "flag-1");
    EXPECT_EQ(region({.region = "evil.org/"}), "region-invalid");
    EXPECT_EQ(region({.profile = "nobody"}), "profile-missing");
    world.variables["AWS_MAX_ATTEMPTS"] = "many";
    EXPECT_EQ(region({}), "max-attempts-invalid");
}

TEST(Endpoint, the_nearest_setting_wins) {
    CredentialWorld world;
    EndpointSettings settings{"eu-central-1", {}, {}};
    const auto place = [&] {
        const auto url = endpoint_of(sqs_service, settings, world.environment());
        return url ? (url->tls ? "https://" : "http://") + http::authority(*url) + url->prefix
                   : url.error().reason;
    };
    EXPECT_EQ(place(), "https://sqs.eu-central-1.amazonaws.com");
    settings.region = "cn-north-1";
    EXPECT_EQ(place(), "https://sqs.cn-north-1.amazonaws.com.cn");
    settings.profile = "http://profile:1/x/";
    EXPECT_EQ(place(), "http://profile:1/x");
    world.variables["AWS_ENDPOINT_URL"] = "http://all:1";
    EXPECT_EQ(place(), "http://all:1");
    world.variables["AWS_ENDPOINT_URL_SQS"] = "http://sqs:1";
    EXPECT_EQ(place(), "http://sqs:1");
    world.variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true";
    EXPECT_EQ(place(), "https://sqs.cn-north-1.amazonaws.com.cn");
    settings.given = "http://given";
    EXPECT_EQ(place(), "http://given");
    settings.given = "ftp://x";
    EXPECT_EQ(place(), "endpoint-invalid");
}

// Answers with the request's body; remembers heads.
class Echo final : public http::Application {
  public:
    std::optional<http::Response> admit(const http::RequestHead& head) override {
        const std::lock_guard lock{mutex};
        heads.push_back(head);
        return std::nullopt;
    }
    void handle(http::Request request, http::Responder responder) override {
        http::Response response;
        response.body = std::move(request.body);
        responder.send(std::move(response));
    }
    http::Response refusal(unsigned status, const std::string&, const std::string&) override {
        http::Response response;
        response.status = status;
        return response;
    }
    std::mutex mutex;
    std::vector<http::RequestHead> heads;
};

struct RunningEcho {
    RunningEcho() {
        http::ServerOptions options;
        options.port = 0;
        server = std::move(*http::Server::listen(options, application));
        server->start();
    }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(server->port()); }
    Echo application;
    std::unique_ptr<http::Server> server;
};

TEST(Session, a_call_reaches_the_server_as_it_was_signed) {
    CredentialWorld world;
    RunningEcho echo;
    world.variables = {{"AWS_ACCESS_KEY_ID", "AK"}, {"AWS_SECRET_ACCESS_KEY", "SK"}, {"AWS_REGION", "r-1"}};
    const auto session = open_session({.endpoint = echo.url()}, world.environment(), world.clock);
    ASSERT_TRUE(session);
    Request request;
    request.path = "/a b/c:d";
    request.query = {{"x", "1 2"}, {"a", ""}};
    request.body = "hello";
    const auto answer = (*session)->call(lambda_service, request);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "hello");
    ASSERT_EQ(echo.application.heads.size(), 1U);
    const http::RequestHead& head = echo.application.heads.front();
    EXPECT_EQ(head.path, "/a b/c:d");
    EXPECT_EQ(head.query, (http::QueryParameters{{"a", ""}, {"x", "1 2"}}));
    EXPECT_EQ(head.headers.count("Host"), 1U);
    EXPECT_NE(head.headers.get("Authorization").value_or("").find("/r-1/lambda/aws4_request"),
              std::string_view::npos);
}

TEST(PooledSender, connections_are_kept_for_the_next_request) {
    RunningEcho echo;
    PooledSender sender{""};
    const auto url = *http::parse_url(echo.url());
    for (int i = 0; i < 10; ++i)
        ASSERT_TRUE(sender.send(url, {.method = "POST", .target = "/", .body = "x"}, {}));
    EXPECT_EQ(echo.server->connections(), 1U);
    std::vector<std::thread> threads;
    std::atomic<int> answered{0};
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&, i] {
            const std::string body(100, static_cast<char>('a' + i));
            for (int n = 0; n < 50; ++n) {
                const auto answer = sender.send(url, {.method = "POST", .target = "/", .body = body}, {});
                answered += answer && answer->body == body ? 1 : 0;
            }
        });
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(answered, 200);
    EXPECT_LE(echo.server->connections(), 4U);
}

TEST(PooledSender, cancel_fails_all_that_follows) {
    RunningEcho echo;
    PooledSender sender{""};
    const auto url = *http::parse_url(echo.url());
    ASSERT_TRUE(sender.send(url, {.target = "/"}, {}));
    sender.cancel();
    EXPECT_EQ(sender.send(url, {.target = "/"}, {}).error().reason, "cancelled");
}

}  // namespace
}  // namespace weir::aws::test

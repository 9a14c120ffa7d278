#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "http/raw_socket.h"
#include "http/server.h"
#include "support/eventually.h"

namespace weir::http::test {

using weir::test::eventually;
using weir::test::succeeds_once;

// Remembers what the server let through, and answers as the test says (by default: 200 with the body that
// came).
class RecordingApplication final : public Application {
  public:
    using Handler = std::function<void(Request, Responder)>;
    using Admission = std::function<std::optional<Response>(const RequestHead&)>;

    std::optional<Response> admit(const RequestHead& head) override {
        {
            const std::lock_guard lock{mutex_};
            admitted_.push_back(head);
        }
        return admission ? admission(head) : std::nullopt;
    }
    void handle(Request request, Responder responder) override {
        {
            const std::lock_guard lock{mutex_};
            handled_.push_back(request);
        }
        came_.notify_all();
        if (handler) return handler(std::move(request), std::move(responder));
        Response response;
        response.body = std::move(request.body);
        responder.send(std::move(response));
    }
    Response refusal(unsigned status, const std::string& reason, const std::string& detail) override {
        Response response;
        response.status = status;
        response.body = reason + ": " + detail;
        return response;
    }

    // Set before the server starts.
    Handler handler;
    Admission admission;

    std::vector<RequestHead> admitted() {
        const std::lock_guard lock{mutex_};
        return admitted_;
    }
    std::vector<Request> handled() {
        const std::lock_guard lock{mutex_};
        return handled_;
    }
    bool wait_for_handled(std::size_t count) {
        std::unique_lock lock{mutex_};
        return came_.wait_for(lock, RawSocket::patience, [&] { return handled_.size() >= count; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable came_;
    std::vector<RequestHead> admitted_;
    std::vector<Request> handled_;
};

// Responders that a test answers when it wants.
class HeldResponders {
  public:
    [[nodiscard]] RecordingApplication::Handler handler() {
        return [this](const Request&, const Responder& responder) {
            const std::lock_guard lock{mutex_};
            held_.push_back(responder);
            came_.notify_all();
        };
    }
    bool wait_for(std::size_t count) {
        std::unique_lock lock{mutex_};
        return came_.wait_for(lock, RawSocket::patience, [&] { return held_.size() >= count; });
    }
    void answer_all(const Response& response = {}) {
        const std::lock_guard lock{mutex_};
        for (const auto& responder : held_)
            responder.send(response);
    }
    void drop_all() {
        const std::lock_guard lock{mutex_};
        held_.clear();
    }

  private:
    std::mutex mutex_;
    std::condition_variable came_;
    std::vector<Responder> held_;
};

// Any free port, and waits short enough for tests that do not want to wait.
inline ServerOptions test_options() {
    ServerOptions options;
    options.port = 0;
    return options;
}

struct TestServer {
    explicit TestServer(ServerOptions options = test_options()) : server(open(options, application)) {}

    static std::unique_ptr<Server> open(const ServerOptions& options, Application& application) {
        auto server = Server::listen(options, application);
        if (!server) throw std::runtime_error(server.error().message);
        return std::move(*server);
    }
    [[nodiscard]] std::uint16_t port() const { return server->port(); }
    // Sends `bytes` on a new connection and returns everything that comes back until the server closes.
    std::string exchange(std::string_view bytes) const {
        RawSocket socket{port()};
        socket.send(bytes);
        std::string answer = socket.read_to_end();
        EXPECT_FALSE(socket.timed_out()) << "the server did not close";
        EXPECT_FALSE(socket.was_reset()) << "the answer may be lost";
        return answer;
    }

    RecordingApplication application;
    std::unique_ptr<Server> server;
};

inline unsigned status_of(std::string_view answer) {
    if (!answer.starts_with("HTTP/1.1 ") || answer.size() < 12) return 0;
    return static_cast<unsigned>(std::stoul(std::string{answer.substr(9, 3)}));
}

inline std::string body_of(std::string_view answer) {
    const std::size_t end = answer.find("\r\n\r\n");
    return end == std::string_view::npos ? std::string{} : std::string{answer.substr(end + 4)};
}

inline std::string post(std::string_view body, std::string_view fields = {}) {
    return fmt::format("POST /p HTTP/1.1\r\nHost: x\r\n{}Content-Length: {}\r\n\r\n{}", fields, body.size(),
                       body);
}

constexpr std::string_view plain_get = "GET /g HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr std::string_view last_get = "GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

}  // namespace weir::http::test

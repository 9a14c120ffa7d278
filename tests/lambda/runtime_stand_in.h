#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "http/server.h"

namespace weir::lambda::test {

// A strict stand-in of the Lambda Runtime API (Developer Guide, "Using the Lambda runtime API"): hands out
// what was queued, one at a time, and takes exactly one answer for each. What a runtime must not do fails the
// test. When the queue is empty, `next` is answered 500: the sandbox is lost and the loop should end.
class RuntimeStandIn final : public http::Application {
  public:
    struct Call {
        std::string id;
        std::string payload;
        std::string deadline_ms = "99999999999999";
    };
    struct Answer {
        bool ok = false;
        std::string body;
        std::string error_type;  // the header's
    };

    explicit RuntimeStandIn(std::deque<Call> calls, Duration idle_timeout = Duration{60'000})
        : calls_(std::move(calls)) {
        http::ServerOptions options;
        options.port = 0;
        options.threads = 1;
        options.max_body = 32_MiB;
        options.idle_timeout = idle_timeout;
        server_ = std::move(http::Server::listen(options, *this).value());
        server_->start();
    }
    ~RuntimeStandIn() override { server_.reset(); }

    [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(server_->port()); }

    int status_of_posts = 202;  // of answers to invocations

    std::optional<http::Response> admit(const http::RequestHead&) override { return std::nullopt; }
    http::Response refusal(unsigned status, const std::string& reason, const std::string&) override {
        ADD_FAILURE() << "the request is malformed: " << reason;
        return answer(static_cast<int>(status));
    }
    void handle(http::Request request, http::Responder responder) override {
        const std::lock_guard lock(mutex_);
        if (request.head.method == "GET" && request.head.path == prefix + "invocation/next")
            responder.send(next());
        else if (request.head.method == "POST")
            post(std::move(request), responder);
        else
            ADD_FAILURE() << "unexpected: " << request.head.method << ' ' << request.head.path;
    }

    std::map<std::string, Answer> answers() {
        const std::lock_guard lock(mutex_);
        return answers_;
    }
    std::optional<Answer> init_error() {
        const std::lock_guard lock(mutex_);
        return init_error_;
    }

  private:
    static constexpr std::string_view base = "/2018-06-01/runtime/";
    const std::string prefix{base};
    static constexpr std::size_t largest = 6 * 1024 * 1024 + 100;

    static http::Response answer(int status) {
        http::Response response;
        response.status = static_cast<unsigned>(status);
        return response;
    }
    http::Response next() {
        EXPECT_TRUE(running_.empty()) << "next was called before the invocation was answered";
        running_.clear();
        if (calls_.empty()) return answer(500);
        const Call call = std::move(calls_.front());
        calls_.pop_front();
        running_.insert(call.id);
        http::Response response;
        response.headers.add("Lambda-Runtime-Aws-Request-Id", call.id);
        response.headers.add("Lambda-Runtime-Deadline-Ms", call.deadline_ms);
        response.headers.add("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:1:function:f");
        response.headers.add("Lambda-Runtime-Trace-Id",
                             "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419");
        response.headers.add("Content-Type", "application/json");
        response.body = call.payload;
        return response;
    }
    void post(http::Request request, const http::Responder& responder) {
        const std::string& path = request.head.path;
        Answer taken{
            false, std::move(request.body),
            std::string(request.head.headers.get("Lambda-Runtime-Function-Error-Type").value_or(""))};
        if (path == prefix + "init/error") {
            init_error_ = std::move(taken);
            return responder.send(answer(202));
        }
        const std::string start = prefix + "invocation/";
        ASSERT_TRUE(path.starts_with(start)) << path;
        const std::size_t slash = path.find('/', start.size());
        ASSERT_NE(slash, std::string::npos) << path;
        const std::string id = path.substr(start.size(), slash - start.size()), what = path.substr(slash + 1);
        ASSERT_TRUE(what == "response" || what == "error") << path;
        EXPECT_TRUE(running_.contains(id)) << "an answer to " << id << ", which is not running";
        taken.ok = what == "response";
        if (taken.ok && taken.body.size() > largest) return responder.send(answer(413));
        if (status_of_posts != 202) {
            running_.erase(id);
            return responder.send(answer(status_of_posts));
        }
        running_.erase(id);
        EXPECT_TRUE(answers_.emplace(id, std::move(taken)).second) << id << " was answered twice";
        responder.send(answer(202));
    }

    std::mutex mutex_;
    std::deque<Call> calls_;
    std::set<std::string> running_;
    std::map<std::string, Answer> answers_;
    std::optional<Answer> init_error_;
    std::unique_ptr<http::Server> server_;
};

}  // namespace weir::lambda::test

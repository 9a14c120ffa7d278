#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "http/server.h"
#include "support/eventually.h"

namespace weir::test {

// A receiver of webhooks on the loopback: keeps every request and answers as it is told, then 204. Status 0
// answers nothing until the receiver ends.
class WebhookReceiver final : public http::Application {
  public:
    explicit WebhookReceiver(std::deque<http::Response> answers = {}, std::uint16_t port = 0)
        : answers_(std::move(answers)) {
        http::ServerOptions options;
        options.port = port;
        auto listening = http::Server::listen(options, *this);
        if (!listening) throw std::runtime_error(listening.error().message);
        server_ = std::move(*listening);
        server_->start();
    }
    ~WebhookReceiver() override {
        {
            const std::lock_guard lock(mutex_);
            held_.clear();
        }
        server_.reset();
    }

    [[nodiscard]] std::uint16_t port() const { return server_->port(); }
    [[nodiscard]] std::string url(const std::string& target = "/hook") const {
        return "http://127.0.0.1:" + std::to_string(port()) + target;
    }
    // All requests, once there are `count`; fewer when they do not come in time.
    std::vector<http::Request> requests(std::size_t count) {
        std::unique_lock lock(mutex_);
        came_.wait_for(lock, patience, [&] { return requests_.size() >= count; });
        return requests_;
    }

    std::optional<http::Response> admit(const http::RequestHead&) override { return std::nullopt; }
    void handle(http::Request request, http::Responder responder) override {
        http::Response answer;
        answer.status = 204;
        {
            const std::lock_guard lock(mutex_);
            requests_.push_back(std::move(request));
            came_.notify_all();
            if (!answers_.empty()) {
                answer = std::move(answers_.front());
                answers_.pop_front();
            }
            if (answer.status == 0) {
                held_.push_back(std::move(responder));
                return;
            }
        }
        responder.send(std::move(answer));
    }
    http::Response refusal(unsigned status, const std::string&, const std::string&) override {
        http::Response response;
        response.status = status;
        return response;
    }

  private:
    std::mutex mutex_;  // guards what follows
    std::condition_variable came_;
    std::deque<http::Response> answers_;
    std::vector<http::Request> requests_;
    std::vector<http::Responder> held_;
    std::unique_ptr<http::Server> server_;
};

inline http::Response status_answer(unsigned status) {
    http::Response response;
    response.status = status;
    return response;
}

}  // namespace weir::test

#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "aws/http_sender.h"

namespace weir::aws::test {

// A network that answers as a test has written, one answer a request, and remembers what was sent. When the
// script has ended its last answer is repeated. Thread-safe.
class ScriptedSender final : public HttpSender {
  public:
    struct Sent {
        http::Url url;
        std::string method, target;
        http::Headers headers;
        std::string body;
        SendLimits limits;
        [[nodiscard]] std::string header(std::string_view name) const {
            return std::string{headers.get(name).value_or("")};
        }
    };
    using Step = std::function<Result<http::Response>(const Sent&)>;

    Result<http::Response> send(const http::Url& url, const http::ClientRequest& request,
                                const SendLimits& limits) override {
        std::unique_lock lock{mutex_};
        if (cancelled_) return fail(ErrorCode::interrupted, "cancelled", "the request was cancelled");
        sent.push_back(
            {url, request.method, request.target, request.headers, std::string{request.body}, limits});
        if (script_.empty())
            return fail(ErrorCode::internal, "unscripted", "the test has no answer for this");
        const Step step = script_.front();
        if (script_.size() > 1) script_.pop_front();
        const Sent copy = sent.back();
        lock.unlock();
        return step(copy);
    }
    void cancel() override {
        const std::lock_guard lock{mutex_};
        cancelled_ = true;
    }

    void answer(unsigned status, std::string body,
                std::vector<std::pair<std::string, std::string>> headers = {}) {
        http::Response response;
        response.status = status;
        response.body = std::move(body);
        for (auto& [name, value] : headers)
            response.headers.add(std::move(name), std::move(value));
        then([response](const Sent&) -> Result<http::Response> { return response; });
    }
    // Fails as http::Client does.
    void lose(std::string reason) {
        then([reason](const Sent&) -> Result<http::Response> {
            return fail(ErrorCode::unreachable, reason, "the network: " + reason);
        });
    }
    void then(Step step) {
        const std::lock_guard lock{mutex_};
        script_.push_back(std::move(step));
    }

    std::vector<Sent> sent;  // read it when no request runs

  private:
    std::mutex mutex_;
    std::deque<Step> script_;
    bool cancelled_ = false;
};

}  // namespace weir::aws::test

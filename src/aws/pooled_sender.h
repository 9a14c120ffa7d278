#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "aws/http_sender.h"

namespace weir::aws {

// Sends over kept-alive connections: as many as run at once, and when idle at most max_idle of all endpoints,
// the longest unused closed first.
class PooledSender final : public HttpSender {
  public:
    static constexpr std::size_t max_idle = 64;

    // `ca_file`: see http::ClientOptions.
    explicit PooledSender(std::string ca_file) : ca_file_(std::move(ca_file)) {}

    Result<http::Response> send(const http::Url& url, const http::ClientRequest& request,
                                const SendLimits& limits) override;
    void cancel() override;

  private:
    struct Connection {
        http::Url url;
        SendLimits limits;
        std::unique_ptr<http::Client> client;

        [[nodiscard]] bool serves(const http::Url& to, const SendLimits& within) const;
    };
    std::unique_ptr<Connection> take(const http::Url& url, const SendLimits& limits);
    void give_back(std::unique_ptr<Connection> connection, bool is_usable);

    const std::string ca_file_;
    std::mutex mutex_;  // guards all below
    bool cancelled_ = false;
    std::deque<std::unique_ptr<Connection>> idle_;  // longest unused first
    std::vector<http::Client*> running_;
};

}  // namespace weir::aws

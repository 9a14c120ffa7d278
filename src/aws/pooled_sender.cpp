#include "aws/pooled_sender.h"

#include <algorithm>

namespace weir::aws {

bool PooledSender::Connection::serves(const http::Url& to, const SendLimits& within) const {
    return url.host == to.host && url.port == to.port && url.tls == to.tls && url.prefix == to.prefix &&
           limits.connect_timeout == within.connect_timeout && limits.timeout == within.timeout;
}

std::unique_ptr<PooledSender::Connection> PooledSender::take(const http::Url& url, const SendLimits& limits) {
    const std::lock_guard lock{mutex_};
    if (cancelled_) return nullptr;
    std::unique_ptr<Connection> connection;
    const auto newest = std::find_if(idle_.rbegin(), idle_.rend(),
                                     [&](const auto& candidate) { return candidate->serves(url, limits); });
    if (newest != idle_.rend()) {
        connection = std::move(*newest);
        idle_.erase(std::next(newest).base());
    } else {
        http::ClientOptions options;
        options.connect_timeout = limits.connect_timeout;
        options.timeout = limits.timeout;
        options.ca_file = ca_file_;
        connection = std::make_unique<Connection>(
            Connection{url, limits, std::make_unique<http::Client>(url, std::move(options))});
    }
    running_.push_back(connection->client.get());
    return connection;
}

void PooledSender::give_back(std::unique_ptr<Connection> connection, bool is_usable) {
    std::unique_ptr<Connection> dropped;  // closed without the lock
    const std::lock_guard lock{mutex_};
    std::erase(running_, connection->client.get());
    if (!is_usable || cancelled_) {
        dropped = std::move(connection);
        return;
    }
    idle_.push_back(std::move(connection));
    if (idle_.size() <= max_idle) return;
    dropped = std::move(idle_.front());
    idle_.pop_front();
}

Result<http::Response> PooledSender::send(const http::Url& url, const http::ClientRequest& request,
                                          const SendLimits& limits) {
    auto connection = take(url, limits);
    if (!connection) return fail(ErrorCode::interrupted, "cancelled", "the request was cancelled");
    auto response = connection->client->send(request);
    give_back(std::move(connection), response.has_value());
    return response;
}

void PooledSender::cancel() {
    const std::lock_guard lock{mutex_};
    cancelled_ = true;
    for (http::Client* client : running_)
        client->cancel();
}

}  // namespace weir::aws

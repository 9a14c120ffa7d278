#include "http/worker.h"

#include <algorithm>

#include "base/clock.h"
#include "http/answer_head.h"
#include "http/connection.h"

namespace weir::http {
namespace {

// Fine enough that no deadline is missed by much, rare enough that an idle server sleeps.
Duration sweep_interval(const ServerOptions& options) {
    const Duration shortest = std::min({options.header_timeout, options.idle_timeout, options.body_timeout,
                                        options.write_timeout, options.rate_window});
    return std::clamp(shortest / 8, Duration{5}, Duration{250});
}

}  // namespace

Worker::Worker(ServerContext& shared)
    : shared_(shared),
      mailbox_(std::make_shared<Mailbox>(context_)),
      work_(context_.get_executor()),
      sweep_timer_(context_) {}

Worker::~Worker() {
    stop();
    mailbox_->close();
}

void Worker::start() {
    sweep();
    thread_ = std::thread([this] { context_.run(); });
}

void Worker::stop() {
    if (!thread_.joinable()) return;
    asio::post(context_, [this] {
        stopping_ = true;
        sweep_timer_.cancel();
        work_.reset();
    });
    cut_all();
    thread_.join();
}

void Worker::adopt(Socket socket, bool turn_away) {
    const auto connection = std::make_shared<Connection>(shared_, *this, std::move(socket));
    connections_.push_back(connection.get());
    connection->start(turn_away);
    if (stopping_) connection->cut();
}

void Worker::leave(Connection& connection) {
    std::erase(connections_, &connection);
    if (shared_.connections.fetch_sub(1) > 1) return;
    const std::lock_guard lock{shared_.mutex};
    shared_.none_left.notify_all();
}

std::string_view Worker::date() {
    const std::int64_t seconds = to_ms(system_clock().now()) / 1000;
    if (seconds != date_seconds_) {
        date_seconds_ = seconds;
        date_ = format_imf_date(seconds);
    }
    return date_;
}

void Worker::close_idle() {
    asio::post(context_, [this] {
        for (Connection* connection : connections_)
            connection->close_if_idle();
    });
}

void Worker::cut_all() {
    asio::post(context_, [this] {
        for (Connection* connection : connections_)
            connection->cut();
    });
}

void Worker::sweep() {
    const auto now = std::chrono::steady_clock::now();
    for (Connection* connection : connections_)
        connection->check_deadline(now);
    sweep_timer_.expires_after(sweep_interval(shared_.options));
    sweep_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error && !stopping_) sweep();
    });
}

}  // namespace weir::http

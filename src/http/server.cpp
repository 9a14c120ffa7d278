#include "http/server.h"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include "base/log.h"
#include "base/text.h"
#include "http/worker.h"

namespace weir::http {
namespace {

using boost::system::error_code;

// Beyond max_connections so many more are told so; the rest is closed without a word.
constexpr std::size_t max_turned_away = 64;
constexpr Duration accept_pause{100};

std::optional<asio::ip::address> read_address(std::string_view text) {
    if (text == "localhost") return asio::ip::address_v4::loopback();
    if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
    error_code error;
    const auto address = asio::ip::make_address(std::string{text}, error);
    if (error) return std::nullopt;
    return address;
}

std::string place(const ServerOptions& options) {
    const bool bare_v6 = options.address.find(':') != std::string::npos && !options.address.starts_with('[');
    const std::string address = printable(options.address);
    return fmt::format("{}:{}", bare_v6 ? "[" + address + "]" : address, options.port);
}

tl::unexpected<Error> cannot_listen(const ServerOptions& options, const error_code& error) {
    const std::string address = options.address.empty() ? "127.0.0.1" : printable(options.address);
    std::string why = error.message(), hint, reason = "listen-failed";
    if (error == asio::error::address_in_use) {
        why = "address in use";
        reason = "address-in-use";
        hint = "--listen 127.0.0.1:0 picks a free port";
    } else if (error == std::errc::address_not_available) {
        why = "this machine does not have that address";
        reason = "address-not-available";
        hint = "--listen 127.0.0.1:8080 listens on this machine alone, 0.0.0.0 on all its addresses";
    } else if (error == asio::error::access_denied) {
        why = "permission denied";
        reason = "address-not-permitted";
        hint = "choose a port from 1024 on";
    }
    return fail(ErrorCode::io, std::move(reason), fmt::format("cannot listen on {}: {}", place(options), why),
                std::move(hint));
}

}  // namespace

struct Server::Impl {
    Impl(const ServerOptions& options, Application& application) : shared(options, application) {
        for (int i = 0; i < std::max(1, options.threads); ++i)
            workers.push_back(std::make_unique<Worker>(shared));
        acceptor = std::make_unique<Acceptor>(workers.front()->context());
        pause = std::make_unique<Timer>(workers.front()->context());
    }
    ~Impl() { stop(); }

    error_code open(const asio::ip::tcp::endpoint& endpoint);
    void accept_next();
    void accepted(const error_code& error, Socket socket);
    void stop_accepting();
    void stop();

    ServerContext shared;
    std::vector<std::unique_ptr<Worker>> workers;
    // On the first worker's thread once started. Accepted sockets go to the workers in turn.
    std::unique_ptr<Acceptor> acceptor;
    std::unique_ptr<Timer> pause;
    std::size_t next_worker = 0;
    std::uint16_t port = 0;
    bool started = false;
};

error_code Server::Impl::open(const asio::ip::tcp::endpoint& endpoint) {
    error_code error;
    // On Linux SO_REUSEADDR lets a restarted server have its port at once, and still refuses one that
    // somebody listens on.
    if (acceptor->open(endpoint.protocol(), error) ||
        acceptor->set_option(asio::socket_base::reuse_address{true}, error) ||
        acceptor->bind(endpoint, error) || acceptor->listen(asio::socket_base::max_listen_connections, error))
        return error;
    port = acceptor->local_endpoint(error).port();
    return error;
}

void Server::Impl::accept_next() {
    if (!acceptor->is_open()) return;
    Worker& worker = *workers[next_worker];
    acceptor->async_accept(worker.context(), [this](const error_code& error, Socket socket) {
        if (!acceptor->is_open()) return;
        accepted(error, std::move(socket));
    });
}

void Server::Impl::accepted(const error_code& error, Socket socket) {
    if (error) {  // out of descriptors or memory, most likely: leave the others time to end
        if (error != asio::error::connection_aborted)
            log(LogLevel::warning, "cannot accept a connection", {{"error", error.message()}});
        pause->expires_after(accept_pause);
        pause->async_wait([this](const error_code& cancelled) {
            if (!cancelled) accept_next();
        });
        return;
    }
    const std::size_t others = shared.connections.fetch_add(1);
    if (others >= shared.options.max_connections + max_turned_away) {
        shared.connections.fetch_sub(1);
    } else {
        Worker& worker = *workers[next_worker];
        next_worker = (next_worker + 1) % workers.size();
        const bool turn_away = others >= shared.options.max_connections;
        asio::post(worker.context(), [&worker, turn_away, moved = std::move(socket)]() mutable {
            worker.adopt(std::move(moved), turn_away);
        });
    }
    accept_next();
}

void Server::Impl::stop_accepting() {
    error_code ignored;
    acceptor->close(ignored);
    pause->cancel();
}

void Server::Impl::stop() {
    shared.draining = true;
    if (started)
        asio::post(workers.front()->context(), [this] { stop_accepting(); });
    else
        stop_accepting();
    // The first worker is the only one that hands out sockets, so it ends first.
    for (const auto& worker : workers)
        worker->stop();
    shared.streams.join();
    started = false;
}

Result<std::unique_ptr<Server>> Server::listen(const ServerOptions& options, Application& application) {
    const auto address = read_address(options.address);
    if (!address)
        return fail(ErrorCode::usage, "address-invalid",
                    fmt::format("'{}' is not an address to listen on", printable(options.address)),
                    "write an IPv4 or IPv6 address or localhost");
    auto impl = std::make_unique<Impl>(options, application);
    if (const error_code error = impl->open({*address, options.port})) return cannot_listen(options, error);
    return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

void Server::start() {
    if (std::exchange(impl_->started, true)) return;
    impl_->accept_next();
    for (const auto& worker : impl_->workers)
        worker->start();
}

std::uint16_t Server::port() const {
    return impl_->port;
}
std::size_t Server::connections() const {
    return impl_->shared.connections;
}

void Server::drain(Duration deadline) {
    if (impl_->started) {
        impl_->shared.draining = true;
        asio::post(impl_->workers.front()->context(), [this] {
            impl_->stop_accepting();
            for (const auto& worker : impl_->workers)
                worker->close_idle();
        });
        std::unique_lock lock{impl_->shared.mutex};
        impl_->shared.none_left.wait_for(lock, deadline, [this] { return impl_->shared.connections == 0; });
    }
    impl_->stop();
}

}  // namespace weir::http

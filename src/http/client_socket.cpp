#include "http/client_socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <system_error>

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "http/tls_stream.h"

namespace weir::http {
namespace {

std::string describe(int error) {
    return std::generic_category().message(error);
}

bool would_block(int error) {
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

}  // namespace

tl::unexpected<Error> ClientSocket::cancelled_error() {
    return fail(ErrorCode::interrupted, "cancelled", "the request was cancelled");
}

ClientSocket::ClientSocket() : cancel_event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

ClientSocket::~ClientSocket() {
    close();
    if (cancel_event_ >= 0) ::close(cancel_event_);
}

void ClientSocket::close() {
    if (tls_) tls_->say_goodbye();
    tls_.reset();
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
}

void ClientSocket::cancel() {
    cancelled_ = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(cancel_event_, &one, sizeof one);
}

Result<short> ClientSocket::wait(short events, Deadline deadline) const {
    std::array<pollfd, 2> waits{{{socket_, events, 0}, {cancel_event_, POLLIN, 0}}};
    for (;;) {
        if (cancelled_) return cancelled_error();
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0)
            return fail(ErrorCode::unreachable, "timeout", fmt::format("{} did not answer in time", peer_),
                        "see whether the server is busy, or give it more time");
        const int ready = ::poll(waits.data(), waits.size(),
                                 static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
        if (ready < 0 && errno != EINTR)
            return fail(ErrorCode::internal, "poll-failed",
                        "cannot wait for " + peer_ + ": " + describe(errno));
        if (ready > 0 && waits[0].revents != 0) return waits[0].revents;
    }
}

Result<void> ClientSocket::connect(const std::string& host, std::uint16_t port, Deadline deadline) {
    close();
    if (cancelled_) return cancelled_error();
    peer_ = fmt::format("{}:{}", host, port);
    if (host.find(':') != std::string::npos) peer_ = fmt::format("[{}]:{}", host, port);
    constexpr std::string_view hint = "see whether `weir serve` runs there, and on that port";
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found);
        error != 0)
        return fail(ErrorCode::unreachable, "connect-failed",
                    fmt::format("cannot find the host {}: {}", host, gai_strerror(error)),
                    "check the spelling of the host");
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses{found, &::freeaddrinfo};
    int error = EHOSTUNREACH;
    for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
        close();
        socket_ = ::socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (socket_ < 0) {
            error = errno;
            continue;
        }
        const int on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        error = ::connect(socket_, address->ai_addr, address->ai_addrlen) == 0 ? 0 : errno;
        if (error == EINPROGRESS) {
            if (const auto ready = wait(POLLOUT, deadline); !ready) {
                close();
                if (ready.error().reason != "timeout") return fail(ready.error());
                return fail(ErrorCode::unreachable, "connect-failed",
                            fmt::format("cannot connect to {}: no answer in time", peer_), std::string{hint});
            }
            socklen_t size = sizeof error;
            ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
        }
        if (error == 0) return {};
    }
    close();
    return fail(ErrorCode::unreachable, "connect-failed",
                fmt::format("cannot connect to {}: {}", peer_, describe(error)), std::string{hint});
}

bool ClientSocket::is_stale() const {
    if (tls_) return is_stale_tls();
    char byte = 0;
    return ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || !would_block(errno);
}

Result<std::size_t> ClientSocket::send_some(std::string_view first, std::string_view second,
                                            Deadline deadline) {
    if (tls_) return send_some_tls(first.empty() ? second : first, deadline);
    // iovec is not const-correct; sendmsg does not write.
    std::array<iovec, 2> parts{
        {{const_cast<char*>(first.data()), first.size()},  // NOLINT(cppcoreguidelines-pro-type-const-cast)
         {const_cast<char*>(second.data()),
          second.size()}}};  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    for (;;) {
        if (cancelled_) return cancelled_error();
        const ssize_t sent = ::sendmsg(socket_, &message, MSG_NOSIGNAL);
        if (sent > 0) return static_cast<std::size_t>(sent);
        if (sent < 0 && !would_block(errno))
            return fail(
                ErrorCode::unreachable, "connection-lost",
                fmt::format("{} closed the connection while a request was sent: {}", peer_, describe(errno)));
        const auto ready = wait(POLLOUT | POLLIN, deadline);
        if (!ready) return fail(ready.error());
        if ((*ready & POLLOUT) == 0) return 0U;
    }
}

Result<std::size_t> ClientSocket::receive_some(std::span<char> to, Deadline deadline) {
    if (tls_) return receive_some_tls(to, deadline);
    for (;;) {
        if (cancelled_) return cancelled_error();
        const ssize_t received = ::recv(socket_, to.data(), to.size(), 0);
        if (received >= 0) return static_cast<std::size_t>(received);
        if (!would_block(errno))
            return fail(ErrorCode::unreachable, "connection-lost",
                        fmt::format("the connection to {} was lost: {}", peer_, describe(errno)));
        if (const auto ready = wait(POLLIN, deadline); !ready) return fail(ready.error());
    }
}

}  // namespace weir::http

#include "http/raw_socket.h"

#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::http::test {
namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

bool readable_within(int socket, std::chrono::milliseconds time) {
    pollfd wait{socket, POLLIN, 0};
    return ::poll(&wait, 1, static_cast<int>(time.count())) > 0;
}

}  // namespace

RawSocket::RawSocket(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const sockaddr_in address = loopback(port);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error("cannot connect");
}

RawSocket::~RawSocket() {
    if (socket_ >= 0) ::close(socket_);
}

bool RawSocket::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void RawSocket::finish() {
    ::shutdown(socket_, SHUT_WR);
}

void RawSocket::reset() {
    const linger at_once{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(socket_);
    socket_ = -1;
}

bool RawSocket::fill() {
    if (!readable_within(socket_, patience)) {
        timed_out_ = true;
        return false;
    }
    std::array<char, 65536> piece{};
    const ssize_t received = ::recv(socket_, piece.data(), piece.size(), 0);
    if (received < 0) reset_ = true;
    if (received <= 0) return false;
    received_.append(piece.data(), static_cast<std::size_t>(received));
    return true;
}

std::string RawSocket::read_to_end() {
    while (fill()) {
    }
    return std::exchange(received_, {});
}

std::string RawSocket::read(std::size_t bytes) {
    while (received_.size() < bytes && fill()) {
    }
    std::string taken = received_.substr(0, bytes);
    received_.erase(0, taken.size());
    return taken;
}

std::string RawSocket::read_through(std::string_view mark) {
    while (received_.find(mark) == std::string::npos && fill()) {
    }
    const std::size_t at = received_.find(mark);
    return read(at == std::string::npos ? received_.size() : at + mark.size());
}

std::string RawSocket::read_answer() {
    const std::string head = read_through("\r\n\r\n");
    constexpr std::string_view field = "Content-Length: ";
    const std::size_t at = head.find(field);
    if (at == std::string::npos) return head;
    return head + read(std::stoul(head.substr(at + field.size())));
}

bool RawSocket::closes_within(std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        if (left.count() <= 0 || !readable_within(socket_, left)) return false;
        if (!fill()) return true;
    }
}

RawListener::RawListener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::listen(socket_, 16) != 0 ||
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::runtime_error("cannot listen");
    port_ = ntohs(address.sin_port);
}

RawListener::~RawListener() {
    ::close(socket_);
}

std::unique_ptr<RawSocket> RawListener::accept() {
    if (!readable_within(socket_, RawSocket::patience)) return nullptr;
    return std::make_unique<RawSocket>(::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC));
}

}  // namespace weir::http::test

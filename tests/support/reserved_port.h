#pragma once

#include <cstdint>
#include <stdexcept>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::test {

// A port of the loopback that is this object's until it goes away: a socket is bound to it and does not
// listen. Who connects to it is refused. With SO_REUSEADDR, which both set, Linux lets a server listen on it,
// and gives it to nobody who asks for any port.
class ReservedPort {
  public:
    ReservedPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const int yes = 1;
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
            ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
            ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
            throw std::runtime_error("no port can be reserved");
        number_ = ntohs(address.sin_port);
    }
    ~ReservedPort() { ::close(socket_); }
    ReservedPort(const ReservedPort&) = delete;
    ReservedPort& operator=(const ReservedPort&) = delete;

    [[nodiscard]] std::uint16_t number() const { return number_; }

  private:
    int socket_;
    std::uint16_t number_ = 0;
};

}  // namespace weir::test

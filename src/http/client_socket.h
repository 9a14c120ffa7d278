#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::http {

class TlsStream;

using Deadline = std::chrono::steady_clock::time_point;

// A TCP connection of the client, with or without TLS: every wait ends at a deadline or when it is cancelled.
// For one thread, but for cancel(). Errors are those of Client.
class ClientSocket {
  public:
    ClientSocket();
    ~ClientSocket();
    ClientSocket(const ClientSocket&) = delete;
    ClientSocket& operator=(const ClientSocket&) = delete;

    // Tries the addresses of `host` one after another.
    Result<void> connect(const std::string& host, std::uint16_t port, Deadline deadline);
    // Speaks TLS from here on, with a server that proves to be `host` (tls_context.h says to whom). Closes
    // the socket when that fails: ErrorCode::unreachable, reason "certificate-invalid" or "tls-failed".
    Result<void> start_tls(const std::string& host, const std::string& ca_file, Deadline deadline);
    void close();
    [[nodiscard]] bool is_open() const { return socket_ >= 0; }
    // Whether the other side has closed it, or has sent what nobody asked for, since the last answer.
    [[nodiscard]] bool is_stale() const;

    // Sends some of `first` followed by `second` and returns how much; 0 when there is something to read
    // instead.
    Result<std::size_t> send_some(std::string_view first, std::string_view second, Deadline deadline);
    // Reads some bytes; 0 when the other side has ended the connection in good order.
    Result<std::size_t> receive_some(std::span<char> to, Deadline deadline);

    void cancel();  // from any thread; for good
    [[nodiscard]] bool is_cancelled() const { return cancelled_; }

  private:
    // Waits for `events` (of poll(2)) and returns those that came.
    Result<short> wait(short events, Deadline deadline) const;
    static tl::unexpected<Error> cancelled_error();

    Result<void> secure(const std::string& host, const std::string& ca_file, Deadline deadline);
    [[nodiscard]] bool is_stale_tls() const;
    Result<std::size_t> send_some_tls(std::string_view bytes, Deadline deadline);
    Result<std::size_t> receive_some_tls(std::span<char> to, Deadline deadline);

    int socket_ = -1;
    int cancel_event_ = -1;
    std::atomic<bool> cancelled_{false};
    std::string peer_;                // for messages
    std::unique_ptr<TlsStream> tls_;  // over socket_; none: bytes go as they are
};

}  // namespace weir::http

#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

struct ssl_st;
struct ssl_ctx_st;

namespace weir::http {

// What came of one step of a TLS connection.
struct TlsStep {
    enum class State {
        done,
        wants_read,   // wait until the socket is readable, then the same again
        wants_write,  // … writable
        ended,        // the other side has ended the connection in good order
        failed,       // see TlsStream::failure
    };
    State state = State::done;
    std::size_t bytes = 0;  // written or read, when done
};

// The client's side of TLS over a socket that does not block; it never waits. For one thread. Never raises
// SIGPIPE.
class TlsStream {
  public:
    // `host` is what the certificate must be for: a name (sent as SNI too) or an address. The socket stays
    // the caller's.
    static Result<std::unique_ptr<TlsStream>> create(std::shared_ptr<ssl_ctx_st> context, int socket,
                                                     const std::string& host);
    ~TlsStream();
    TlsStream(const TlsStream&) = delete;
    TlsStream& operator=(const TlsStream&) = delete;

    TlsStep handshake();
    TlsStep write(std::string_view bytes);
    TlsStep read(std::span<char> to);
    // As read, but the bytes stay there to be read.
    TlsStep peek();
    void say_goodbye();  // close_notify, if it can be sent at once

    // Why the last step failed, for a person.
    [[nodiscard]] std::string failure() const;
    // Whether that was the server's certificate.
    [[nodiscard]] bool is_distrusted() const;

  private:
    TlsStream(std::shared_ptr<ssl_ctx_st> context, int socket);
    TlsStep judge(int result);

    std::shared_ptr<ssl_ctx_st> context_;
    int socket_;
    std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_;
    bool failed_ = false;
    std::string failure_;
};

}  // namespace weir::http

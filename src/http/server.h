#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "http/message.h"

namespace weir::http {

struct ServerOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8080;  // 0: any free one; see Server::port
    int threads = 2;
    std::size_t max_connections = 1024;  // one more is answered 503 and closed
    Bytes max_header = 8_KiB;            // request line and headers; more: 431
    Bytes max_body = 8_MiB;  // as it comes over the wire; more: 413, before any of it is read where announced
    Bytes max_bodies = 256_MiB;  // all bodies being read or handled at once; more: 503 with Retry-After
    Duration header_timeout{
        10'000};  // from the connection, or a later request's first byte, to the headers' end: else 408
    Duration idle_timeout{60'000};  // a kept-alive connection without a byte of a further request is closed
    Duration body_timeout{30'000};  // for the whole body
    Bytes min_body_rate{1024};      // bytes a second over any rate_window of a body, else 408
    Duration rate_window{5'000};
    Duration write_timeout{30'000};  // a reader that takes nothing for so long is cut
    int stream_threads = 2;          // where BodyStreams are pulled; a pull may block one of them
};

// Answers one request, once, from any thread. Copies share the one answer. Dropping all copies unanswered
// answers 500.
class Responder {
  public:
    struct Impl;
    explicit Responder(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
    void send(Response response) const;

  private:
    std::shared_ptr<Impl> impl_;
};

// What the server asks of whoever uses it. Thread-safe; called from the I/O threads, so neither call may
// block for long.
class Application {
  public:
    virtual ~Application() = default;
    // Called after the headers and before any of the body is read: an answer here refuses the request (the
    // connection is closed if the request has a body). Authorization is decided here and never again, so that
    // a trailer cannot change it.
    virtual std::optional<Response> admit(const RequestHead& head) = 0;
    virtual void handle(Request request, Responder responder) = 0;
    // The server refuses a request by itself (framing, limits, deadlines): the application gives the answer
    // its form.
    virtual Response refusal(unsigned status, const std::string& reason, const std::string& detail) = 0;
};

// An HTTP/1.1 server that is strict about framing: see framing_guard.h for what is refused and why.
class Server {
  public:
    // Binds and listens; fails with ErrorCode::io when the address is in use or not this machine's.
    static Result<std::unique_ptr<Server>> listen(const ServerOptions& options, Application& application);
    ~Server();  // stops at once

    void start();  // begins to accept, on threads of its own
    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::size_t connections() const;

    // Stops accepting, closes idle connections, lets running requests finish until the deadline, then cuts
    // what is left.
    void drain(Duration deadline);

  private:
    struct Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace weir::http

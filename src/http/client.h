#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "http/message.h"

namespace weir::http {

// `http://host[:port][/prefix]` or `https://…` (TLS, port 443); IPv6 in brackets. No user, query or fragment.
struct Url {
    std::string host;
    std::uint16_t port = 80;
    std::string prefix;  // without a slash at its end
    bool tls = false;
};
Result<Url> parse_url(const std::string& text);  // reason "url-invalid"
// "127.0.0.1:8080", as the Host field holds it: without the scheme's own port.
std::string authority(const Url& url);

struct ClientRequest {
    std::string method = "GET";
    std::string target;       // "/v1/events?limit=10", appended to the prefix
    Headers headers{};        // Host and Content-Length are the client's own
    std::string_view body{};  // must outlive the call
};

struct ClientOptions {
    Duration connect_timeout{5'000};
    Duration timeout{30'000};  // for a whole request; of a stream: for the head, then for each further piece
    Bytes max_response = 64_MiB;
    std::string ca_file{};  // https: trust these authorities alone (PEM); empty: see tls_context.h
};

// One kept-alive connection, opened when it is needed and opened again after it was lost. Blocking; for one
// thread at a time. `cancel` may be called from any thread: the running and every later request fails with
// ErrorCode::interrupted (reason "cancelled"); only a name that is being looked up is waited for.
class Client {
  public:
    Client(Url url, ClientOptions options = {});
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    // Fails with ErrorCode::unreachable (reason "connect-failed", "connection-lost", "timeout",
    // "answer-invalid", "certificate-invalid", "tls-failed"), or with ErrorCode::too_large
    // ("answer-too-large"); any HTTP status is a success here. A body that ends before its announced length
    // or its last chunk is "connection-lost". A request is never sent twice by itself, except once on a
    // kept-alive connection that turned out to be closed before any byte of an answer came, and only when
    // `method` is GET.
    Result<Response> send(const ClientRequest& request);

    // As send, but the body of a 200 goes to `sink` as it comes and without a limit, and Response::body stays
    // empty; any other status has its body in the Response. When `sink` returns false, the rest is given up,
    // the connection closed, and the head returned.
    Result<Response> stream(const ClientRequest& request, const std::function<bool(std::string_view)>& sink);

    void cancel();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace weir::http

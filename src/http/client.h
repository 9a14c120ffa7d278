#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "http/message.h"

namespace weir::http {

// `http://host[:port][/prefix]`; IPv6 in brackets. No user, query or fragment.
struct Url {
    std::string host;
    std::uint16_t port = 80;
    std::string prefix;  // without a slash at its end
};
Result<Url> parse_url(const std::string& text);  // reason "url-invalid"

struct ClientRequest {
    std::string method = "GET";
    std::string target;   // "/v1/events?limit=10", appended to the prefix
    Headers headers;
    std::string_view body;  // must outlive the call
};

struct ClientOptions {
    Duration connect_timeout{5'000};
    Duration timeout{30'000};       // for a whole request
    Bytes max_response = 64_MiB;
};

// One kept-alive connection, opened when it is needed and opened again after it was lost. Blocking; for one thread at a time.
// `cancel` may be called from any thread: the running and every later request fails with ErrorCode::interrupted.
class Client {
  public:
    Client(Url url, ClientOptions options = {});
    ~Client();
    // Fails with ErrorCode::unreachable (reason "connect-failed", "connection-lost", "timeout"); any HTTP status is a success here.
    // A request is never sent twice by itself, except once on a kept-alive connection that turned out to be closed before
    // any byte of an answer came, and only when `method` is GET.
    Result<Response> send(const ClientRequest& request);
    void cancel();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace weir::http

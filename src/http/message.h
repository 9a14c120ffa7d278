#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"

namespace weir::http {

// Field names compare without case; a list, since order and repetition matter to whoever guards them.
class Headers {
  public:
    void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
    // The value of the first field of that name; empty optional when there is none.
    [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const;
    [[nodiscard]] std::size_t count(std::string_view name) const;
    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

  private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

// One `name=value` of a query string, percent-decoded; a name may repeat.
using QueryParameters = std::vector<std::pair<std::string, std::string>>;

// Everything of a request that is known before its body is read.
struct RequestHead {
    std::string method;  // "POST", upper case as it came
    std::string path;    // decoded, begins with '/'; no query
    QueryParameters query;
    Headers headers;
    std::optional<std::uint64_t>
        content_length;  // absent when chunked, or when the request announces no body at all
    std::string peer;    // "127.0.0.1:40312"
    bool chunked = false;
};

struct Request {
    RequestHead head;
    std::string body;  // as it came over the wire (still content-encoded)
};

// One pull of a streamed body: the next piece (not empty), its end, a failure after which the connection is
// cut without a final chunk, so that a reader cannot take a part for the whole, or `later`: there is nothing
// yet, and the next pull shall come after `pause`. Waiting so holds no thread, so that many streams may wait
// for news at once.
struct BodyPiece {
    enum class Kind { data, end, failed, later };
    Kind kind = Kind::end;
    std::string data{};
    Duration pause{};
};

// Called from a thread of the server's own that may block, one call at a time; throws nothing.
using BodyStream = std::function<BodyPiece()>;

struct Response {
    unsigned status = 200;
    Headers headers{};  // Content-Length, Date, Connection and Transfer-Encoding are the server's own
    std::string body{};
    BodyStream stream{};  // if set, sent chunked in place of body
    bool close = false;   // close the connection after it
};

// The standard reason phrase: 404 -> "Not Found".
std::string_view reason_phrase(unsigned status);

// Percent-decoding; empty optional for a malformed escape.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);
// Everything but the unreserved characters of RFC 3986 is escaped.
std::string percent_encode(std::string_view text);

}  // namespace weir::http

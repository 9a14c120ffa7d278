#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "http/message.h"
#include "http/refusal.h"

namespace weir::http {

// A head as the parser gives it, before anyone has judged it.
struct ParsedHead {
    std::string method;   // requests
    std::string target;   // requests, as it came
    unsigned status = 0;  // answers
    int version = 11;     // 10 or 11
    Headers headers;
    bool keep_alive = true;
};

// How the body of a message ends.
struct Framing {
    enum class Kind { none, length, chunked, until_close };
    Kind kind = Kind::none;
    std::uint64_t length = 0;  // of Kind::length, not zero

    bool operator==(const Framing&) const = default;
};

constexpr std::size_t max_fields = 100;

// Decides how a request's body is framed, or refuses what two readers could understand differently (request
// smuggling, RFC 9112 section 11.2). A request passes when all of this holds:
// - the version is HTTP/1.0 or HTTP/1.1; there are at most max_fields fields; names are tokens, values have
// no controls but HTAB
// - Transfer-Encoding is absent, or one field of exactly `chunked` on HTTP/1.1 without any Content-Length
// - Content-Length is absent, or one field of one decimal number without sign, list or leading zero, below
// 10^18
// - HTTP/1.1 has exactly one Host, HTTP/1.0 at most one; a Host is a plain host and port, not empty
// - Expect is absent or one `100-continue`
// Pure: no I/O, no state.
Guarded<Framing> guard_request(const ParsedHead& head);

// The same for the answer to a request of `method`, for the client: RFC 9112, section 6.3. A Content-Length
// beside Transfer-Encoding and every other doubtful framing is refused (the status of the refusal has no
// meaning here).
Guarded<Framing> guard_answer(const ParsedHead& head, std::string_view method);

// What a request's target asks for.
struct Target {
    std::string path;
    QueryParameters query;
};

// Reads the origin-form (`/path?query`), and the absolute-form (`http://host/path`) when its host is the Host
// field's. Refused: other forms (CONNECT's authority, `*`), fragments, characters that must be escaped,
// malformed escapes, and controls (NUL among them) behind an escape.
Guarded<Target> read_target(const ParsedHead& head);

}  // namespace weir::http

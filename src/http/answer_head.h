#pragma once

#include <string>

#include "http/message.h"

namespace weir::http {

// How an answer's body goes out.
enum class AnswerBody {
    none,    // the status forbids one (204, 304)
    length,  // Content-Length
    chunked,
    until_close,  // a stream to an HTTP/1.0 client
};

struct AnswerShape {
    AnswerBody body = AnswerBody::length;
    bool close = false;       // says Connection: close
    bool keep_alive = false;  // says Connection: keep-alive, which HTTP/1.0 wants to hear
};

// Appends the status line and all fields of `response`, ended by the blank line. Fields that are the server's
// own, or whose name or value would break the head (a line break in it), are left out. `date` is an
// IMF-fixdate.
void append_answer_head(std::string& out, const Response& response, const AnswerShape& shape,
                        std::string_view date);

// `Tue, 24 Nov 2026 00:15:53 GMT` (RFC 9110, section 5.6.7).
std::string format_imf_date(std::int64_t epoch_seconds);

}  // namespace weir::http

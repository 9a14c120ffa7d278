#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace weir {

// What went wrong with a request, for the one who sent it (RFC 9457). The types are listed in docs/http.md.
struct Problem {
    unsigned status = 500;
    std::string type;  // "not-found": the last part of urn:weir:problem:…
    std::string detail;
    std::string hint;                          // left out when empty
    std::optional<int> retry_after;            // seconds; sent as a header
    std::optional<std::uint64_t> limit_bytes;  // of too-large
    http::Headers headers;                     // further fields of the answer
    std::string members;                       // further JSON members, without braces; may be empty
};

http::Response problem_answer(const Problem& problem);

// The problem that stands for an Error, by its code and reason.
Problem problem_of(const Error& error);

// Seconds after which a client may try again.
constexpr int retry_when_full = 1;
constexpr int retry_when_draining = 5;
constexpr int retry_when_disk_full = 5;  // room is noticed within a second; but nobody makes room in one
constexpr int retry_when_broken = 30;

}  // namespace weir

#pragma once

#include <string>

#include <tl/expected.hpp>

namespace weir::http {

// Why the server itself refuses a request; the application gives the answer its form. Reasons:
// "invalid-request" (400), "timeout" (408), "too-large" (413), "expectation-failed" (417),
// "headers-too-large" (431), "internal" (500), "overloaded" (503), "version-unsupported" (505).
struct Refusal {
    unsigned status = 400;
    std::string reason;
    std::string detail;  // for a person, one sentence without a final dot

    bool operator==(const Refusal&) const = default;
};

template <typename T>
using Guarded = tl::expected<T, Refusal>;

inline tl::unexpected<Refusal> refuse(unsigned status, std::string reason, std::string detail) {
    return tl::unexpected<Refusal>(Refusal{status, std::move(reason), std::move(detail)});
}

}  // namespace weir::http

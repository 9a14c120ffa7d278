#pragma once

#include <cstdint>
#include <string>

#include "http/client.h"

namespace weir::http::test {

inline Url local(std::uint16_t port) {
    return {.host = "127.0.0.1", .port = port, .prefix = {}};
}

inline std::string reason_of(const Result<Response>& result) {
    return result ? "success" : result.error().reason;
}

}  // namespace weir::http::test

#include "server/cross_origin.h"

#include "server/header_elements.h"

namespace weir {
namespace {

// "http://127.0.0.1:8080" -> "127.0.0.1:8080". The scheme may differ: a proxy may speak TLS for the server.
std::string_view authority_of(std::string_view origin) {
    const std::size_t scheme = origin.find("://");
    return scheme == std::string_view::npos ? std::string_view{} : origin.substr(scheme + 3);
}

}  // namespace

bool is_cross_origin(const http::RequestHead& head) {
    if (const auto site = head.headers.get("Sec-Fetch-Site"))
        return !is_same(*site, "same-origin") && !is_same(*site, "none");
    const auto origin = head.headers.get("Origin");
    return origin && !is_same(authority_of(*origin), head.headers.get("Host").value_or(""));
}

}  // namespace weir

#include <charconv>

#include <fmt/format.h>

#include "base/text.h"
#include "http/characters.h"
#include "http/client.h"

namespace weir::http {
namespace {

constexpr std::string_view plain_scheme = "http://", tls_scheme = "https://";
constexpr std::uint16_t plain_port = 80, tls_port = 443;

tl::unexpected<Error> bad_url(std::string_view text, std::string_view why) {
    return fail(ErrorCode::usage, "url-invalid",
                fmt::format("'{}' is not a URL: {}", printable(text.substr(0, 200)), why),
                "write http://host:port or https://host, such as http://127.0.0.1:8080");
}

bool is_host(std::string_view host, bool bracketed) {
    if (host.empty()) return false;
    for (const char c : host) {
        const bool literal = hex_value(c) >= 0 || c == ':' || c == '.';  // IPv6, RFC 4291
        const bool name = is_digit(c) || is_letter(c) || c == '-' || c == '.' || c == '_';
        if (bracketed ? !literal : !name) return false;
    }
    return true;
}

}  // namespace

Result<Url> parse_url(const std::string& text) {
    const bool tls = equal_without_case(text.substr(0, tls_scheme.size()), tls_scheme);
    const std::string_view scheme = tls ? tls_scheme : plain_scheme;
    if (!equal_without_case(text.substr(0, scheme.size()), scheme))
        return bad_url(text, "it begins with neither http:// nor https://");
    std::string_view rest = std::string_view{text}.substr(scheme.size());
    if (rest.find_first_of("?#") != std::string_view::npos)
        return bad_url(text, "a query or fragment has no place here");
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    std::string_view authority = rest.substr(0, slash), prefix = rest.substr(slash);
    if (authority.find('@') != std::string_view::npos)
        return fail(ErrorCode::usage, "url-invalid", "a user or password in a URL is not supported",
                    "give a token by its own flag");
    for (const char c : prefix)
        if (c <= ' ' || c >= 0x7f) return bad_url(text, "the path holds a character that must be escaped");
    while (prefix.ends_with('/'))
        prefix.remove_suffix(1);

    Url url;
    url.tls = tls;
    url.port = tls ? tls_port : plain_port;
    url.prefix = prefix;
    const bool bracketed = authority.starts_with('[');
    const std::size_t host_end =
        bracketed ? authority.find(']') : std::min(authority.find(':'), authority.size());
    if (host_end == std::string_view::npos)
        return bad_url(text, "the bracket of the IPv6 address is not closed");
    url.host = bracketed ? authority.substr(1, host_end - 1) : authority.substr(0, host_end);
    if (!is_host(url.host, bracketed)) return bad_url(text, "the host is missing or malformed");
    authority.remove_prefix(bracketed ? host_end + 1 : host_end);
    if (authority.empty()) return url;
    const char* const end = authority.data() + authority.size();
    const auto [last, error] = std::from_chars(authority.data() + 1, end, url.port);
    if (authority.front() != ':' || error != std::errc{} || last != end || url.port == 0)
        return bad_url(text, "the port is not a number from 1 to 65535");
    return url;
}

std::string authority(const Url& url) {
    const std::string host = url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
    return url.port == (url.tls ? tls_port : plain_port) ? host : fmt::format("{}:{}", host, url.port);
}

}  // namespace weir::http

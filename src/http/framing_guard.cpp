#include "http/framing_guard.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/text.h"
#include "http/characters.h"

namespace weir::http {
namespace {

constexpr std::size_t max_length_digits = 18;  // below 10^18: fits every signed 64-bit reader on the way

tl::unexpected<Refusal> bad(std::string detail) {
    return refuse(400, "invalid-request", std::move(detail));
}

std::string quoted(std::string_view text) {
    return fmt::format("'{}'", printable(text.substr(0, 64)));
}

Guarded<std::uint64_t> read_length(std::string_view text) {
    const bool digits = !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
    if (!digits || text.size() > max_length_digits || (text.size() > 1 && text.front() == '0'))
        return bad("Content-Length is " + quoted(text) + ", expected one decimal number");
    std::uint64_t length = 0;
    std::from_chars(text.data(), text.data() + text.size(), length);
    return length;
}

// What both directions share; Kind::none stands for "neither field is there".
Guarded<Framing> read_framing(const ParsedHead& head) {
    if (head.version != 10 && head.version != 11)
        return refuse(505, "version-unsupported", "the version of HTTP is neither 1.0 nor 1.1");
    const auto& fields = head.headers.fields();
    if (fields.size() > max_fields)
        return refuse(431, "headers-too-large", fmt::format("more than {} header fields", max_fields));
    for (const auto& [name, value] : fields) {
        if (!is_token(name)) return bad("the header name " + quoted(name) + " is malformed");
        if (std::any_of(value.begin(), value.end(), [](char c) { return c != '\t' && is_control(c); }))
            return bad("a control character in the header " + quoted(name));
    }
    const std::size_t codings = head.headers.count("Transfer-Encoding"),
                      lengths = head.headers.count("Content-Length");
    if (codings > 0) {
        if (lengths > 0) return bad("Transfer-Encoding and Content-Length in one message");
        if (codings > 1) return bad("Transfer-Encoding more than once");
        if (head.version != 11) return bad("Transfer-Encoding on HTTP/1.0");
        const std::string_view coding = *head.headers.get("Transfer-Encoding");
        if (!equal_without_case(coding, "chunked"))
            return bad("Transfer-Encoding is " + quoted(coding) + ", expected chunked alone");
        return Framing{Framing::Kind::chunked, 0};
    }
    if (lengths == 0) return Framing{};
    if (lengths > 1) return bad("Content-Length more than once");
    const auto length = read_length(*head.headers.get("Content-Length"));
    if (!length) return tl::unexpected(length.error());
    return Framing{Framing::Kind::length, *length};
}

// uri-host [":" port] of RFC 3986, without escapes and user: what a client that means well sends.
bool is_host_and_port(std::string_view text) {
    const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
    if (bracket == std::string_view::npos) return false;
    const std::size_t colon = text.find(':', bracket);
    const std::string_view host = text.substr(0, colon);
    const std::string_view port =
        colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
    if (host.empty() || !std::all_of(port.begin(), port.end(), is_digit)) return false;
    if (bracket != 0) {
        const std::string_view address = host.substr(1, bracket - 1);
        return host.size() == bracket + 1 && !address.empty() &&
               std::all_of(address.begin(), address.end(),
                           [](char c) { return hex_value(c) >= 0 || c == ':' || c == '.'; });
    }
    return std::all_of(host.begin(), host.end(), [](char c) {
        return is_digit(c) || is_letter(c) || c == '-' || c == '.' || c == '_';
    });
}

std::optional<Refusal> refuse_host(const ParsedHead& head) {
    const std::size_t hosts = head.headers.count("Host");
    if (hosts > 1) return Refusal{400, "invalid-request", "Host more than once"};
    if (hosts == 0) {
        if (head.version == 10) return std::nullopt;
        return Refusal{400, "invalid-request", "no Host"};
    }
    const std::string_view host = *head.headers.get("Host");
    if (is_host_and_port(host)) return std::nullopt;
    return Refusal{400, "invalid-request", "Host is " + quoted(host) + ", expected a host and a port"};
}

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), is_control);
}

Guarded<QueryParameters> read_query(std::string_view text) {
    QueryParameters query;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view part = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (part.empty()) continue;
        const std::size_t equals = std::min(part.find('='), part.size());
        auto name = percent_decode(part.substr(0, equals), true);
        auto value = percent_decode(part.substr(std::min(equals + 1, part.size())), true);
        if (!name || !value) return bad("a malformed %-escape in the query");
        if (has_control(*name) || has_control(*value)) return bad("a control character in the query");
        query.emplace_back(std::move(*name), std::move(*value));
    }
    return query;
}

}  // namespace

Guarded<Framing> guard_request(const ParsedHead& head) {
    if (!is_token(head.method)) return bad("the method is malformed");
    auto framing = read_framing(head);
    if (!framing) return framing;
    if (auto refusal = refuse_host(head)) return tl::unexpected(std::move(*refusal));
    const std::size_t expectations = head.headers.count("Expect");
    if (expectations > 1 ||
        (expectations == 1 && !equal_without_case(*head.headers.get("Expect"), "100-continue")))
        return refuse(417, "expectation-failed", "Expect is not 100-continue");
    if (framing->kind == Framing::Kind::length && framing->length == 0) return Framing{};
    return framing;
}

Guarded<Framing> guard_answer(const ParsedHead& head, std::string_view method) {
    auto framing = read_framing(head);
    if (!framing) return framing;
    if (head.status / 100 == 1 || head.status == 204 || head.status == 304 || method == "HEAD")
        return Framing{};
    const bool unframed = framing->kind == Framing::Kind::none;
    if (unframed) return Framing{Framing::Kind::until_close, 0};
    if (framing->kind == Framing::Kind::length && framing->length == 0) return Framing{};
    return framing;
}

Guarded<Target> read_target(const ParsedHead& head) {
    std::string_view text = head.target;
    if (std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c >= 0x7f || c == '#'; }))
        return bad("the request target holds a character that must be escaped");
    constexpr std::string_view scheme = "http://";
    if (equal_without_case(text.substr(0, scheme.size()), scheme)) {
        text.remove_prefix(scheme.size());
        const std::string_view authority = text.substr(0, text.find_first_of("/?"));
        if (!equal_without_case(authority, head.headers.get("Host").value_or("")))
            return bad("the host of the request target is not the one of Host");
        text.remove_prefix(authority.size());
        if (text.empty()) text = "/";
    }
    if (head.method == "CONNECT" || !text.starts_with('/'))
        return bad("the request target is " + quoted(head.target) + ", expected a path that begins with /");
    const std::size_t question = text.find('?');
    auto path = percent_decode(text.substr(0, question), false);
    if (!path) return bad("a malformed %-escape in the path");
    if (has_control(*path)) return bad("a control character in the path");
    auto query =
        read_query(question == std::string_view::npos ? std::string_view{} : text.substr(question + 1));
    if (!query) return tl::unexpected(std::move(query).error());
    return Target{std::move(*path), std::move(*query)};
}

}  // namespace weir::http

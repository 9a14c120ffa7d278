#include "aws/sigv4.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "aws/digest.h"
#include "http/characters.h"
#include "http/message.h"

namespace weir::aws {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

std::string lower(std::string_view text) {
    std::string result{text};
    std::transform(result.begin(), result.end(), result.begin(), http::to_lower);
    return result;
}

// Without space around, and each run of white space inside as one space.
std::string trimmed(std::string_view value) {
    std::string result;
    bool gap = false;
    for (const char c : value) {
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            gap = !result.empty();
            continue;
        }
        if (std::exchange(gap, false)) result += ' ';
        result += c;
    }
    return result;
}

// RFC 3986, section 5.2.4, and doubled slashes made one.
std::string normalized(std::string_view path) {
    std::vector<std::string_view> segments;
    for (std::size_t begin = 0; begin < path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        const std::string_view segment = path.substr(begin, end - begin);
        if (segment == ".." && !segments.empty()) segments.pop_back();
        if (!segment.empty() && segment != "." && segment != "..") segments.push_back(segment);
        begin = end + 1;
    }
    const bool ends_open = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
    std::string result = "/";
    for (const std::string_view segment : segments)
        result.append(segment).append("/");
    if (!ends_open && !segments.empty()) result.pop_back();
    return result;
}

std::string canonical_path(const std::string& path, PathStyle style) {
    if (path.empty()) return "/";
    if (style == PathStyle::s3) return path;
    return encode_path(style == PathStyle::normalized ? normalized(path) : path);
}

struct CanonicalHeaders {
    std::string
        lines;  // "name:value\n" by lower-case name; the values of a repeated name joined, in their order
    std::string names;  // "host;x-amz-date"
};

CanonicalHeaders canonical_headers(const NamedValues& headers) {
    std::map<std::string, std::string> sorted;
    for (const auto& [name, value] : headers) {
        const auto [entry, is_new] = sorted.emplace(lower(name), trimmed(value));
        if (!is_new) entry->second.append(",").append(trimmed(value));
    }
    CanonicalHeaders canonical;
    for (const auto& [name, value] : sorted) {
        canonical.lines.append(name).append(":").append(value).append("\n");
        canonical.names.append(canonical.names.empty() ? "" : ";").append(name);
    }
    return canonical;
}

std::string canonical_request(const SigningRequest& request, PathStyle path_style,
                              const CanonicalHeaders& headers) {
    return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, canonical_path(request.path, path_style),
                       encode_query(request.query), headers.lines, headers.names, request.payload_hash);
}

// A scope's texts, made once for a signature: "20261124T001500Z", and "20261124/eu-west-1/sqs/aws4_request".
struct ScopeTexts {
    explicit ScopeTexts(const SigningScope& scope)
        : date(amz_date(scope.time)),
          credential(fmt::format("{}/{}/{}/aws4_request", day(), scope.region, scope.service)) {}

    [[nodiscard]] std::string_view day() const { return std::string_view(date).substr(0, 8); }

    std::string date;
    std::string credential;
};

std::string string_to_sign(const ScopeTexts& texts, std::string_view canonical) {
    return fmt::format("{}\n{}\n{}\n{}", algorithm, texts.date, texts.credential, hex(sha256(canonical)));
}

std::string derived_key(const SigningScope& scope, std::string_view date, std::string_view secret_key) {
    std::string key = hmac_sha256(fmt::format("AWS4{}", secret_key), date);
    for (const std::string_view part :
         {std::string_view{scope.region}, std::string_view{scope.service}, std::string_view{"aws4_request"}})
        key = hmac_sha256(key, part);
    return key;
}

}  // namespace

std::string payload_hash(std::string_view body) {
    return hex(sha256(body));
}

std::string amz_date(Timestamp time) {
    std::string date;
    for (const char c : format_rfc3339(time).substr(0, 19))
        if (c != '-' && c != ':') date += c;
    return date + 'Z';
}

std::string encode_path(std::string_view path) {
    std::string encoded;
    for (;;) {
        const std::size_t slash = path.find('/');
        encoded += http::percent_encode(path.substr(0, slash));
        if (slash == std::string_view::npos) return encoded;
        encoded += '/';
        path.remove_prefix(slash + 1);
    }
}

std::string encode_query(const NamedValues& query) {
    NamedValues pairs;
    for (const auto& [name, value] : query)
        pairs.emplace_back(http::percent_encode(name), http::percent_encode(value));
    std::sort(pairs.begin(), pairs.end());
    std::string encoded;
    for (const auto& [name, value] : pairs)
        encoded.append(encoded.empty() ? "" : "&").append(name).append("=").append(value);
    return encoded;
}

std::string canonical_request(const SigningRequest& request, PathStyle path_style) {
    return canonical_request(request, path_style, canonical_headers(request.headers));
}

std::string string_to_sign(const SigningScope& scope, std::string_view canonical) {
    return string_to_sign(ScopeTexts(scope), canonical);
}

std::string signature(const SigningScope& scope, std::string_view secret_key, std::string_view to_sign) {
    return hex(hmac_sha256(derived_key(scope, amz_date(scope.time).substr(0, 8), secret_key), to_sign));
}

std::string SigningKeys::get(const SigningScope& scope, std::string_view day, std::string_view secret_key) {
    const std::scoped_lock lock(mutex_);
    if (key_.empty() || day != date_ || scope.region != region_ || scope.service != service_ ||
        secret_key != secret_) {
        key_ = derived_key(scope, day, secret_key);
        date_ = day;
        region_ = scope.region;
        service_ = scope.service;
        secret_ = secret_key;
    }
    return key_;
}

void sign(SigningRequest& request, const SigningScope& scope, const Credentials& credentials,
          SigningKeys& keys) {
    const ScopeTexts texts(scope);
    request.headers.emplace_back("X-Amz-Date", texts.date);
    if (!credentials.session_token.empty())
        request.headers.emplace_back("X-Amz-Security-Token", credentials.session_token);
    if (scope.path_style == PathStyle::s3)
        request.headers.emplace_back("x-amz-content-sha256", request.payload_hash);
    const CanonicalHeaders headers = canonical_headers(request.headers);
    const std::string to_sign = string_to_sign(texts, canonical_request(request, scope.path_style, headers));
    const std::string key = keys.get(scope, texts.day(), credentials.secret_key);
    request.headers.emplace_back(
        "Authorization",
        fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", algorithm, credentials.access_key,
                    texts.credential, headers.names, hex(hmac_sha256(key, to_sign))));
}

void presign(SigningRequest& request, const SigningScope& scope, const Credentials& credentials,
             std::chrono::seconds valid_for) {
    if (scope.path_style == PathStyle::s3) request.payload_hash = "UNSIGNED-PAYLOAD";
    request.query.emplace_back("X-Amz-Algorithm", algorithm);
    request.query.emplace_back("X-Amz-Credential",
                               fmt::format("{}/{}", credentials.access_key, ScopeTexts(scope).credential));
    request.query.emplace_back("X-Amz-Date", amz_date(scope.time));
    request.query.emplace_back("X-Amz-Expires", std::to_string(valid_for.count()));
    if (!credentials.session_token.empty())
        request.query.emplace_back("X-Amz-Security-Token", credentials.session_token);
    const CanonicalHeaders headers = canonical_headers(request.headers);
    request.query.emplace_back("X-Amz-SignedHeaders", headers.names);
    const std::string to_sign = string_to_sign(scope, canonical_request(request, scope.path_style, headers));
    request.query.emplace_back("X-Amz-Signature", signature(scope, credentials.secret_key, to_sign));
}

}  // namespace weir::aws

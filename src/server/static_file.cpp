#include "server/static_file.h"

#include <utility>

#include <fmt/format.h>

#include "codec/compression.h"
#include "server/content_coding.h"

namespace weir {
namespace {

constexpr int smallest = 9;  // zlib's level: it is done once and sent often
constexpr std::size_t tag_digits = 32;

// RFC 9110, 13.1.2: a list of tags, weak ones too, or '*'.
bool names_tag(std::string_view if_none_match, std::string_view tag) {
    return if_none_match == "*" || if_none_match.find(tag) != std::string_view::npos;
}

}  // namespace

StaticFile::StaticFile(std::string_view bytes, std::string_view media_type, std::string tag)
    : bytes_(bytes), media_type_(media_type), tag_(std::move(tag)), gzipped_(gzip_compress(bytes, smallest)) {
    if (gzipped_.size() >= bytes_.size()) gzipped_.clear();
}

StaticFile::StaticFile(const EmbeddedFile& file, std::string_view media_type)
    : StaticFile(file.bytes, media_type, std::string(file.sha256.substr(0, tag_digits))) {}

http::Response StaticFile::answer(const http::RequestHead& head) const {
    const bool in_gzip = !gzipped_.empty() && accepts_gzip(head.headers);
    // Two forms are two representations, which a strong tag must tell apart (RFC 9110, 8.8.1).
    const std::string tag = fmt::format("\"{}{}\"", tag_, in_gzip ? "-gzip" : "");
    http::Response response;
    response.headers.add("ETag", tag);
    response.headers.add("Cache-Control", "no-cache");
    response.headers.add("Vary", "Accept-Encoding");
    response.headers.add("X-Content-Type-Options", "nosniff");
    if (const auto known = head.headers.get("If-None-Match"); known && names_tag(*known, tag)) {
        response.status = 304;
        return response;
    }
    response.headers.add("Content-Type", media_type_);
    if (in_gzip) response.headers.add("Content-Encoding", "gzip");
    response.body = in_gzip ? gzipped_ : std::string(bytes_);
    return response;
}

}  // namespace weir

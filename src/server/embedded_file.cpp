#include "server/embedded_file.h"

#include <fmt/format.h>

namespace weir {
namespace {

// RFC 9110, 13.1.2: a list of tags, weak ones too, or '*'.
bool names_tag(std::string_view if_none_match, std::string_view tag) {
    return if_none_match == "*" || if_none_match.find(tag) != std::string_view::npos;
}

}  // namespace

http::Response file_answer(const EmbeddedFile& file, std::string_view media_type,
                           const http::RequestHead& head) {
    const std::string tag = fmt::format("\"{}\"", file.sha256.substr(0, 32));
    http::Response response;
    response.headers.add("ETag", tag);
    response.headers.add("Cache-Control", "no-cache");
    response.headers.add("X-Content-Type-Options", "nosniff");
    if (const auto known = head.headers.get("If-None-Match"); known && names_tag(*known, tag)) {
        response.status = 304;
        return response;
    }
    response.headers.add("Content-Type", std::string(media_type));
    response.body = file.bytes;
    return response;
}

}  // namespace weir

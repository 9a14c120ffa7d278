#include "server/page_routes.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "server/page_files.h"

namespace weir {
namespace {

constexpr std::string_view start_file = "index.html";
constexpr std::string_view assets = "/assets/";

// The page runs its own script and style and speaks to its own server; a key or a dead letter that holds
// markup can do nothing even if it were taken for markup.
constexpr std::string_view content_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string_view media_type(std::string_view path) {
    if (path.ends_with(".html")) return "text/html; charset=utf-8";
    if (path.ends_with(".js")) return "text/javascript; charset=utf-8";
    if (path.ends_with(".css")) return "text/css; charset=utf-8";
    if (path.ends_with(".svg")) return "image/svg+xml";
    return "text/plain; charset=utf-8";
}

http::Response page_answer(const EmbeddedFile& file, const http::RequestHead& head) {
    http::Response response = file_answer(file, media_type(file.path), head);
    response.headers.add("Content-Security-Policy", std::string(content_policy));
    response.headers.add("Referrer-Policy", "no-referrer");
    return response;
}

Result<http::Response> page(const Call& call, std::string_view path) {
    const auto files = page_files();
    const auto file =
        std::find_if(files.begin(), files.end(), [&](const EmbeddedFile& f) { return f.path == path; });
    if (file == files.end())
        return fail(ErrorCode::not_found, "file-missing",
                    fmt::format("the page has no file {}", json_string(path)), "the page itself is at /");
    return page_answer(*file, call.request.head);
}

}  // namespace

void add_page_routes(Router& router) {
    router.add({"GET", "/", {"at"}, Where::here, [](const Call& call) { return page(call, start_file); }});
    router.add({"GET", "/assets/{file}", {}, Where::here, [](const Call& call) {
                    return page(call, fmt::format("{}{}", assets.substr(1), call.argument));
                }});
}

bool is_page(std::string_view path) {
    return path == "/" || path.starts_with(assets);
}

}  // namespace weir

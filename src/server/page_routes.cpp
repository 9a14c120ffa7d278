#include "server/page_routes.h"

#include <map>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/json_string.h"
#include "server/page_files.h"
#include "server/static_file.h"

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

// The files by their paths: "index.html", "assets/app.js".
using Files = std::map<std::string_view, StaticFile>;

Files prepared_files() {
    Files files;
    for (const EmbeddedFile& file : page_files())
        files.emplace(file.path, StaticFile(file, media_type(file.path)));
    return files;
}

Result<http::Response> page(const Files& files, const Call& call, std::string_view path) {
    const auto file = files.find(path);
    if (file == files.end())
        return fail(ErrorCode::not_found, "file-missing",
                    fmt::format("the page has no file {}", json_string(path)), "the page itself is at /");
    http::Response response = file->second.answer(call.request.head);
    response.headers.add("Content-Security-Policy", std::string(content_policy));
    response.headers.add("Referrer-Policy", "no-referrer");
    return response;
}

// The outlines that the operator gave, for a map in place of the page's own.
Result<http::Response> map(const std::shared_ptr<const StaticFile>& file, const Call& call) {
    if (!file)
        return fail(ErrorCode::not_found, "map-missing", "the server was given no map of its own",
                    "give weir serve a --map FILE; without one the page has New York's counties");
    return file->answer(call.request.head);
}

}  // namespace

void add_page_routes(Router& router, const Backend& backend) {
    const auto files = std::make_shared<const Files>(prepared_files());
    router.add({"GET", "/", {"at"}, Where::here, [files](const Call& call) {
                    return page(*files, call, start_file);
                }});
    router.add({"GET", "/assets/{file}", {}, Where::here, [files](const Call& call) {
                    return page(*files, call, fmt::format("{}{}", assets.substr(1), call.argument));
                }});
    std::shared_ptr<const StaticFile> own;
    if (const std::string& json = backend.options.map_json; !json.empty())
        own = std::make_shared<const StaticFile>(json, "application/json", to_hex(hash128(json)));
    router.add({"GET", "/v1/map", {}, Where::here, [own](const Call& call) { return map(own, call); }});
}

bool is_page(std::string_view path) {
    return path == "/" || path.starts_with(assets);
}

}  // namespace weir

#include "server/openapi_routes.h"

#include "server/openapi_files.h"
#include "server/static_file.h"

namespace weir {
namespace {

constexpr std::string_view openapi_path = "/openapi.json";

}  // namespace

void add_openapi_routes(Router& router) {
    const StaticFile file(openapi_files().front(), "application/json");
    router.add({"GET", std::string(openapi_path), {}, Where::here, [file](const Call& call) {
                    return file.answer(call.request.head);
                }});
}

bool is_openapi(std::string_view path) {
    return path == openapi_path;
}

}  // namespace weir

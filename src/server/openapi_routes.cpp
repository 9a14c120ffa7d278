#include "server/openapi_routes.h"

#include "server/openapi_files.h"

namespace weir {
namespace {

constexpr std::string_view openapi_path = "/openapi.json";

}  // namespace

void add_openapi_routes(Router& router) {
    router.add({"GET", std::string(openapi_path), {}, Where::here, [](const Call& call) {
                    return file_answer(openapi_files().front(), "application/json", call.request.head);
                }});
}

bool is_openapi(std::string_view path) {
    return path == openapi_path;
}

}  // namespace weir

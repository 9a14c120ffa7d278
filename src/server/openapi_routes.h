#pragma once

#include <string_view>

#include "server/router.h"

namespace weir {

// GET /openapi.json: the description of this interface, from the binary. It is the same for everyone and
// tells how to use a token, so that it wants none itself.
void add_openapi_routes(Router& router);

bool is_openapi(std::string_view path);

}  // namespace weir

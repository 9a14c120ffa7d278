#pragma once

#include <string_view>

#include "server/backend.h"
#include "server/router.h"

namespace weir {

// GET / and /assets/…: the live page, from the binary. It holds no data and wants no token: the page asks for
// one when the interface does. GET /v1/map: the operator's own outlines for it, which do.
void add_page_routes(Router& router, const Backend& backend);

bool is_page(std::string_view path);

}  // namespace weir

#pragma once

#include "server/backend.h"
#include "server/router.h"

namespace weir {

// GET /v1/views, /v1/views/{view} and /v1/view-rows/{view}.
void add_view_routes(Router& router, Backend& backend);

}  // namespace weir

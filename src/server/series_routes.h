#pragma once

#include "server/backend.h"
#include "server/router.h"

namespace weir {

// GET /v1/series: what the stored rows say over time, in columns, of the total and of chosen keys.
void add_series_routes(Router& router, Backend& backend);

}  // namespace weir

#pragma once

#include "server/backend.h"
#include "server/router.h"

namespace weir {

// POST /v1/aggregations, GET /v1/windows/{end}, /v1/panes, /v1/counts: what is counted now.
void add_counts_routes(Router& router, Backend& backend);

}  // namespace weir

#pragma once

#include "server/backend.h"
#include "server/router.h"

namespace weir {

// GET /v1/events: the raw events of a range, a page or streamed.
void add_raw_routes(Router& router, Backend& backend);

}  // namespace weir

#pragma once

#include "server/backend.h"
#include "server/live_feed.h"
#include "server/router.h"

namespace weir {

// GET /v1/live: the window of this moment, as server-sent events.
void add_live_routes(Router& router, LiveFeed& feed);

}  // namespace weir

#pragma once

#include <cstddef>
#include <functional>

#include "server/backend.h"
#include "server/metrics.h"
#include "server/router.h"

namespace weir {

// GET /livez, /readyz, /v1/status, /metrics. `connections` tells how many are open.
void add_health_routes(Router& router, Backend& backend, Metrics& metrics,
                       std::function<std::size_t()> connections);

// The paths that want no token: whoever watches the process need not know it.
bool is_probe(std::string_view path);

}  // namespace weir

#pragma once

#include <cstddef>
#include <functional>

#include "server/backend.h"
#include "server/metrics.h"
#include "server/router.h"

namespace weir {

// What is open at a moment.
struct OpenConnections {
    std::size_t connections = 0;
    std::size_t live_listeners = 0;  // of /v1/live
};

// GET /livez, /readyz, /v1/status, /metrics. `open` is asked by the last one.
void add_health_routes(Router& router, Backend& backend, Metrics& metrics,
                       std::function<OpenConnections()> open);

// The paths that want no token: whoever watches the process need not know it.
bool is_probe(std::string_view path);

}  // namespace weir

#pragma once

#include "server/backend.h"
#include "server/router.h"

namespace weir {

// GET /v1/dead-letters, /v1/ledger: what was refused, and the sum of everything.
void add_ledger_routes(Router& router, Backend& backend);

}  // namespace weir

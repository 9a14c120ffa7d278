#pragma once

#include "base/clock.h"
#include "pipeline/aggregator.h"
#include "pipeline/ingestor.h"
#include "server/health.h"
#include "server/service.h"
#include "store/store.h"
#include "store/view_reader.h"

namespace weir {

// What the routes work on. Owned by the Service; lives longer than every request.
struct Backend {
    Store& store;
    Ingestor& ingestor;
    Aggregator& aggregator;
    const Clock& clock;
    const ServiceOptions& options;
    const Health& health;
    Timestamp started_at;
    const Webhook* webhook = nullptr;  // null: there is none
    ViewReader* views = nullptr;       // likewise
};

}  // namespace weir

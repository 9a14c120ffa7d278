#pragma once

#include <vector>

#include "aws/cost_model.h"

namespace weir::aws {

// The cheapest way to send under `setting`: over batch sizes, lingers of at most `max_linger` and
// compression; layout, transport, billing and everything else stay as they are. Cheapest after the free tier;
// among equals before it; among those the one whose events wait least.
Bill cheapest(CostSetting setting, Duration max_linger, const PriceList& prices);

// One event a message, an invocation and an item, without an envelope and without a marker: what a producer
// that knows nothing of weir causes.
Bill plain_way(CostSetting setting, const PriceList& prices);

// How far the always-free tier reaches with provisioned capacity and without point-in-time recovery.
struct FreeLimit {
    double rate = 0;  // events a second that cost nothing, for ever; 0: there is no such rate
    Bill at;          // the bill at that rate (of one event a minute, if it is 0)
    // What is paid for first beyond it.
    std::vector<Meter> binding;
};
FreeLimit free_limit(CostSetting setting, Duration max_linger, const PriceList& prices);

}  // namespace weir::aws

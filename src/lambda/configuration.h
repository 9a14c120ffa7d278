#pragma once

#include <string>

#include "aws/session.h"
#include "base/result.h"
#include "store/dynamo_store.h"

namespace weir::lambda {

// What a function is told by its environment (deploy/template.yaml sets it).
//   WEIR_EVENTS_TABLE, WEIR_AGGREGATES_TABLE   no default
//   WEIR_GROUP_BY=County  WEIR_WINDOW=5m  WEIR_PANE=10s  WEIR_SLIDE=60s  WEIR_LATENESS=60s
//   WEIR_CLOCK_SKEW=60s  WEIR_RETENTION=7d  WEIR_LAYOUT=rows|blocks  WEIR_SHARDS=4
//   WEIR_VIEW   the rows' view; default: the field and the window, "county-5m"
struct Configuration {
    DynamoOptions store;
    Duration clock_skew{0};
};

// Fails with ErrorCode::usage, "configuration-invalid"; the message names the variable, what it is and what
// was expected.
Result<Configuration> read_configuration(const aws::Environment& environment);

}  // namespace weir::lambda

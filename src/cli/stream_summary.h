#pragma once

#include <optional>
#include <string>

#include "pipeline/producer.h"

namespace weir::cli {

// What a stream tells at its end, as `name  value` lines with the first rejected lines behind them, or as one
// JSON object.
std::string summary_table(const ProducerSummary& summary);
std::string summary_json(const ProducerSummary& summary);

// 0 only if every event was acknowledged and no line rejected. `signal`: the one that stopped it.
int stream_status(const ProducerSummary& summary, std::optional<int> signal);

}  // namespace weir::cli

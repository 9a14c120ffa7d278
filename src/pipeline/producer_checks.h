#pragma once

#include "base/result.h"
#include "pipeline/producer.h"

namespace weir {

constexpr std::size_t most_in_flight = 256;  // each takes a thread and a connection

// Whether a run with these options can be made from this source (ErrorCode::usage: "run-id-invalid",
// "option-invalid", "format-unavailable").
Result<void> check(const ProducerOptions& options, const RowSource& source);

}  // namespace weir

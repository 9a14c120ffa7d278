#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/cost_model.h"

namespace weir::aws {

// What a real run consumed, as the services reported it: one JSON object,
//     {"events":5000,"seconds":300,"write_units":5120,"read_units":310,"messages":10,"invocations":10,
//      "gb_seconds":1.2}
// `events` must be there, and at least one of the others; what is absent was not measured. `messages` are
// those that were sent (or records put), `invocations` and `gb_seconds` those of the store function.
// `seconds` is how long the schedule ran meanwhile: without it only what each event causes is compared.
struct MeasuredRun {
    double events = 0;
    std::optional<double> seconds;
    std::optional<double> write_units, read_units;  // of both tables
    std::optional<double> messages, invocations, gb_seconds;
};

// ErrorCode::usage, "measured-invalid".
Result<MeasuredRun> parse_measured(std::string_view json);

struct Comparison {
    std::string what;  // "write_units"
    double predicted = 0;
    double measured = 0;
    // (measured - predicted) / predicted, in percent; nothing where zero was predicted
    std::optional<double> difference;
};

// Predicted against measured, in the order of MeasuredRun. `bill` is that of the setting that the run had.
std::vector<Comparison> compare(const Bill& bill, const MeasuredRun& run);

}  // namespace weir::aws

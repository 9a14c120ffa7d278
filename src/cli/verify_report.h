#pragma once

#include <string>
#include <vector>

#include "cli/console.h"
#include "pipeline/verifier.h"
#include "pipeline/view_audit.h"

namespace weir::cli {

// One of the five steps, as a line: `2/5 triggered the aggregator … ok`.
std::string step_line(int step, const std::string& text, bool passed, const Style& style);

// The verdict: one PASS line; or FAIL, each key that differs, the events that are missing or doubled, and the
// likely cause.
std::string verdict_text(const VerifyReport& report, const Style& style);
std::string report_json(const VerifyReport& report, const ViewReport& views,
                        const std::vector<TamperOutcome>& self_test);

// One line for each tampering: caught or MISSED, with what verification said.
std::string self_test_text(const std::vector<TamperOutcome>& outcomes, const Style& style);
bool all_caught(const std::vector<TamperOutcome>& outcomes);

}  // namespace weir::cli

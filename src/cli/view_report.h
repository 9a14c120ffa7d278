#pragma once

#include <string>

#include "cli/console.h"
#include "pipeline/view_audit.h"

namespace weir::cli {

// `rooms, warmth: 1,234 rows compared, 2 of them waiting for newer events, 12 groups`.
std::string views_text(const ViewReport& report);

// What verification says of the views: nothing where there are none; else one PASS line; or FAIL and the
// first differences.
std::string view_verdict(const ViewReport& report, const Style& style);

// An object; null where there are no views.
std::string view_report_json(const ViewReport& report);

}  // namespace weir::cli

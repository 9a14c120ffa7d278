#pragma once

#include <string>

#include <fmt/format.h>

#include "pipeline/auditor.h"

namespace weir::test {

// What an audit found, for a test that expected something else.
inline std::string describe(const AuditReport& report) {
    std::string text = fmt::format("{} differences:", report.differences);
    for (const AuditDifference& d : report.first)
        text += fmt::format("\n{} {} '{}' raw {} stored {} {}", d.what, format_rfc3339(d.at), d.key, d.raw,
                            d.stored, d.note);
    return text;
}

}  // namespace weir::test

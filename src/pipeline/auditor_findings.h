#pragma once

#include <cstddef>
#include <utility>

#include "pipeline/auditor.h"

namespace weir {

constexpr std::size_t max_audit_differences_listed = 100;

inline void note_difference(AuditReport& report, AuditDifference difference) {
    ++report.differences;
    if (report.first.size() < max_audit_differences_listed) report.first.push_back(std::move(difference));
}

}  // namespace weir

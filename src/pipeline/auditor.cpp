#include "pipeline/auditor.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "pipeline/auditor_findings.h"
#include "pipeline/auditor_panes.h"
#include "pipeline/auditor_rows.h"

namespace weir {
namespace {

constexpr Duration longest_chunk = std::chrono::hours{1};  // that StoreReader::panes answers
constexpr Duration one_ms{1};

Result<void> check_request(const WindowSpec& window, TimeRange range) {
    if (auto valid = validate(window); !valid) return valid;
    for (const Timestamp bound : {range.start, range.end})
        if (const Timestamp aligned = align_down(bound, window.pane); aligned != bound)
            return fail(
                ErrorCode::usage, "range-unaligned",
                fmt::format("an audit cannot begin or end at {}: it must be a multiple of the pane ({})",
                            format_rfc3339(bound), format_duration(window.pane)),
                fmt::format("use {}", format_rfc3339(aligned)));
    if (range.end < range.start)
        return fail(ErrorCode::usage, "range-invalid",
                    fmt::format("the audit's end, {}, lies before its start, {}", format_rfc3339(range.end),
                                format_rfc3339(range.start)));
    return {};
}

Result<void> check_ledger(StoreReader& store, AuditReport& report) {
    const auto ledger = store.ledger();
    if (!ledger) return fail(ledger.error());
    report.ledger = *ledger;
    if (report.events > ledger->stored)
        note_difference(report, {"ledger",
                                 report.range.start,
                                 {},
                                 report.events,
                                 ledger->stored,
                                 "more raw events than were ever stored"});
    return {};
}

}  // namespace

Result<AuditReport> audit(StoreReader& store, const WindowSpec& window, TimeRange range,
                          const std::function<void(std::uint64_t)>& progress,
                          std::optional<Timestamp> kept_since) {
    if (auto valid = check_request(window, range); !valid) return fail(valid.error());
    if (kept_since)
        range.start = std::min(range.end, std::max(range.start, align_up(*kept_since, window.pane)));
    AuditReport report;
    report.range = range;

    PaneAudit panes(store, window, progress);
    RowAudit rows(store, window, panes, range.start);
    const Duration chunk = window.pane * std::max<std::int64_t>(1, longest_chunk / window.pane);
    for (Timestamp start = range.start; start < range.end; start += chunk) {
        const Timestamp end = std::min(range.end, start + chunk);
        if (auto done = panes.run({start, end}, report); !done) return fail(done.error());
        if (auto done = rows.run({start + one_ms, end + one_ms}, report); !done) return fail(done.error());
        panes.forget_before(end - window.size);
        rows.forgot_before(end - window.size);
    }
    if (range.start < range.end)
        if (auto done = rows.skip({range.end + one_ms, range.end + window.size}, report); !done)
            return fail(done.error());
    if (auto done = check_ledger(store, report); !done) return fail(done.error());
    return report;
}

}  // namespace weir

#include "store/checks.h"

#include <algorithm>

#include <fmt/format.h>

#include "window/window.h"

namespace weir {

Result<void> check_window_range(TimeRange range, Duration pane) {
    for (const Timestamp edge : {range.start, range.end})
        if (align_down(edge, pane) != edge)
            return fail(ErrorCode::invalid, "window-unaligned",
                        fmt::format("{} is no multiple of the pane ({})", format_rfc3339(edge),
                                    format_duration(pane)),
                        fmt::format("use {}", format_rfc3339(align_down(edge, pane))));
    return {};
}

Result<void> check_panes_range(TimeRange range, Duration pane) {
    if (range.end > range.start && range.end - range.start > max_panes_range)
        return fail(ErrorCode::invalid, "range-too-long",
                    fmt::format("panes are given for at most {}, not for {}",
                                format_duration(max_panes_range), format_duration(range.end - range.start)),
                    "ask for an hour at a time");
    return check_window_range(range, pane);
}

Verdict verdict_on_lines(const Batch& batch) {
    Verdict verdict;
    verdict.batch_id = batch.batch_id;
    verdict.received = batch.received;
    verdict.rejected = batch.rejected.size();
    const std::size_t named = std::min(batch.rejected.size(), max_line_errors);
    for (std::size_t i = 0; i < named; ++i) {
        const DeadLetter& letter = batch.rejected[i];
        verdict.errors.push_back({letter.line, letter.reason, letter.message});
    }
    return verdict;
}

void add_to_ledger(Ledger& ledger, const Verdict& verdict) {
    ledger.received += verdict.received;
    if (verdict.replayed) {
        ledger.duplicates += verdict.received;
        ++ledger.replays;
        return;
    }
    ledger.stored += verdict.stored;
    ledger.duplicates += verdict.duplicates;
    ledger.rejected += verdict.rejected;
    ledger.late += verdict.late;
    ++ledger.batches;
}

tl::unexpected<Error> batch_conflict(const std::string& batch_id) {
    return fail(ErrorCode::conflict, "batch-conflict",
                fmt::format("batch '{}' was received before with other content", batch_id),
                "a batch id stands for one content for ever: send this content under a new one");
}

}  // namespace weir

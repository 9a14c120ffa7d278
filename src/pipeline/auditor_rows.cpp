#include "pipeline/auditor_rows.h"

#include <fmt/format.h>

#include "pipeline/auditor_findings.h"

namespace weir {
namespace {

constexpr std::size_t rows_per_page = 1000;

std::uint64_t total_of(const KeyCounts& counts) {
    std::uint64_t total = 0;
    for (const auto& [key, count] : counts)
        total += count;
    return total;
}

// What is wrong with a row by itself; empty when nothing is.
std::string fault_of(const AggregateRow& row, const WindowSpec& window) {
    if (row.window_start != row.window_end - window.size)
        return fmt::format("the window is not {} long", format_duration(window.size));
    if (align_down(row.window_end, window.pane) != row.window_end)
        return "the window does not end with a pane";
    if (!row.run_id.empty()) return fmt::format("a scheduled row is tagged with run id '{}'", row.run_id);
    for (const auto& [key, count] : row.counts)
        if (count == 0) return fmt::format("the row holds a zero for '{}'", key);
    if (const std::uint64_t sum = total_of(row.counts); sum != row.total)
        return fmt::format("the counts sum to {}, not to the total", sum);
    return {};
}

void note_row(const AggregateRow& row, const KeyCounts& raw, AuditReport& report) {
    const auto note = [&](const Key& key, std::uint64_t counted, std::uint64_t stored) {
        note_difference(report, {"row", row.window_end, key, counted, stored, {}});
    };
    for (const auto& [key, count] : raw) {
        const auto found = row.counts.find(key);
        const std::uint64_t stored = found == row.counts.end() ? 0 : found->second;
        if (stored != count) note(key, count, stored);
    }
    for (const auto& [key, count] : row.counts)
        if (!raw.contains(key)) note(key, 0, count);
}

}  // namespace

Result<void> RowAudit::each(TimeRange ends, const std::function<Result<void>(const AggregateRow&)>& visit) {
    while (ends.start < ends.end) {
        const auto page = store_.rows(ends, rows_per_page);
        if (!page) return fail(page.error());
        for (const AggregateRow& row : *page)
            if (auto done = visit(row); !done) return done;
        if (page->size() < rows_per_page) return {};
        ends.start = page->back().window_end + Duration{1};
    }
    return {};
}

Result<void> RowAudit::run(TimeRange ends, AuditReport& report) {
    return each(ends, [&](const AggregateRow& row) { return check(row, report); });
}

Result<void> RowAudit::skip(TimeRange ends, AuditReport& report) {
    return each(ends, [&](const AggregateRow&) {
        ++report.rows_skipped;
        return Result<void>{};
    });
}

Result<void> RowAudit::check(const AggregateRow& row, AuditReport& report) {
    if (row.window_end - window_.size < first_pane_) {
        ++report.rows_skipped;
        return {};
    }
    ++report.rows;
    if (std::string fault = fault_of(row, window_); !fault.empty()) {
        note_difference(report,
                        {"row", row.window_end, {}, total_of(row.counts), row.total, std::move(fault)});
        return {};
    }
    const TimeRange window = window_ending(row.window_end, window_);
    const KeyCounts& now = slide_to(window);
    if (row.counts == now) return {};
    const auto then = recount(window, row.as_of);
    if (!then) return fail(then.error());
    if (!store_.has_positions()) return check_again(row, *then, report);
    if (row.counts != *then)
        note_row(row, *then, report);
    else if (total_of(now) > row.total)
        ++report.rows_pending;
    return {};
}

// Without positions the row and its events can only be compared as they are now: a row that will be written
// again is pending, and one that was rewritten meanwhile is looked at as it is now.
Result<void> RowAudit::check_again(const AggregateRow& row, const KeyCounts& raw, AuditReport& report) {
    const auto now = store_.row_at(row.window_end);
    if (!now) return fail(now.error());
    if (!*now || (*now)->counts == raw) return {};
    if (!(*now)->final && total_of(raw) > (*now)->total)
        ++report.rows_pending;
    else
        note_row(**now, raw, report);
    return {};
}

Result<KeyCounts> RowAudit::recount(TimeRange window, std::uint64_t as_of) {
    KeyCounts counts;
    const auto end = store_.scan({window, as_of, std::nullopt}, [&](const EventView& event) {
        if (window.contains(event.ts)) ++counts[Key(event.key)];
        return Visit::next;
    });
    if (!end) return fail(end.error());
    return counts;
}

const KeyCounts& RowAudit::slide_to(TimeRange window) {
    const bool overlaps =
        summed_.start <= window.start && window.start < summed_.end && summed_.end <= window.end;
    if (overlaps) {
        add({summed_.start, window.start}, true);
        add({summed_.end, window.end}, false);
    } else {
        sum_.clear();
        add(window, false);
    }
    summed_ = window;
    return sum_;
}

void RowAudit::add(TimeRange panes, bool subtract) {
    const PaneCells& raw = panes_.raw();
    const auto last = raw.lower_bound(panes.end);
    for (auto pane = raw.lower_bound(panes.start); pane != last; ++pane) {
        for (const auto& [key, count] : pane->second) {
            if (!subtract) {
                sum_[key] += count;
                continue;
            }
            const auto found = sum_.find(key);
            if ((found->second -= count) == 0) sum_.erase(found);
        }
    }
}

void RowAudit::forgot_before(Timestamp pane) {
    if (summed_.start >= pane) return;
    summed_ = {};
    sum_.clear();
}

}  // namespace weir

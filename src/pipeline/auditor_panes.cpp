#include "pipeline/auditor_panes.h"

#include <algorithm>
#include <initializer_list>
#include <set>
#include <utility>

#include "pipeline/auditor_findings.h"

namespace weir {
namespace {

constexpr int max_looks = 3;
constexpr std::size_t max_ranges_looked_at_again = 16;
constexpr std::uint64_t progress_every = 1U << 16U;

const KeyCounts& cell(const PaneCells& cells, Timestamp pane) {
    static const KeyCounts no_counts;
    const auto found = cells.find(pane);
    return found == cells.end() ? no_counts : found->second;
}

std::uint64_t count_of(const KeyCounts& counts, const Key& key) {
    const auto found = counts.find(key);
    return found == counts.end() ? 0 : found->second;
}

// What one look at a pane says.
struct PaneLook {
    bool moving = false;  // its counts changed between the two readings
    std::vector<AuditDifference> differences;
    [[nodiscard]] bool settled() const { return !moving && differences.empty(); }
};

PaneLook judge(Timestamp pane, const KeyCounts& before, const KeyCounts& raw, const KeyCounts& after) {
    PaneLook look;
    if (after.empty() && !before.empty()) return look;  // dropped meanwhile
    if (before == raw && raw == after) return look;
    std::set<Key> keys;
    for (const KeyCounts* counts : {&before, &raw, &after})
        for (const auto& [key, count] : *counts)
            keys.insert(key);
    for (const Key& key : keys) {
        const std::uint64_t first = count_of(before, key), counted = count_of(raw, key),
                            last = count_of(after, key);
        if (first != last) look.moving = true;
        if (counted < std::min(first, last) || counted > std::max(first, last))
            look.differences.push_back({"pane", pane, key, counted, last, {}});
    }
    return look;
}

// Neighbouring panes together; when that makes too many ranges, everything from the first to the last.
std::vector<TimeRange> ranges_of(const std::map<Timestamp, PaneLook>& panes, Duration length) {
    std::vector<TimeRange> ranges;
    for (const auto& [pane, look] : panes) {
        if (!ranges.empty() && ranges.back().end == pane)
            ranges.back().end = pane + length;
        else
            ranges.push_back({pane, pane + length});
    }
    if (ranges.size() > max_ranges_looked_at_again) ranges = {{ranges.front().start, ranges.back().end}};
    return ranges;
}

}  // namespace

struct PaneAudit::Findings {
    std::uint64_t panes = 0;
    std::map<Timestamp, PaneLook> open;  // the panes that are not settled
};

Result<PaneCells> PaneAudit::scan(TimeRange range) {
    PaneCells cells;
    Timestamp current = Timestamp::min();
    KeyCounts* counts = nullptr;
    const auto end = store_.scan({range, std::nullopt, std::nullopt}, [&](const EventView& event) {
        if (!range.contains(event.ts)) return Visit::next;
        if (const Timestamp pane = pane_of(event.ts, window_); counts == nullptr || pane != current) {
            current = pane;
            counts = &cells[pane];
        }
        if (const auto found = counts->find(event.key); found != counts->end())
            ++found->second;
        else
            counts->emplace(event.key, 1);
        if (++read_ % progress_every == 0 && progress_) progress_(read_);
        return Visit::next;
    });
    if (!end) return fail(end.error());
    return cells;
}

Result<PaneCells> PaneAudit::stored(TimeRange range) {
    const auto panes = store_.panes(range);
    if (!panes) return fail(panes.error());
    PaneCells cells;
    for (const PaneCount& entry : *panes)
        cells[entry.pane][entry.key] += entry.count;
    return cells;
}

Result<PaneAudit::Findings> PaneAudit::compare(TimeRange range) {
    const auto before = stored(range);
    if (!before) return fail(before.error());
    auto raw = scan(range);
    if (!raw) return fail(raw.error());
    const auto after = stored(range);
    if (!after) return fail(after.error());

    std::set<Timestamp> panes;
    for (const PaneCells* cells : std::initializer_list<const PaneCells*>{&*before, &*raw, &*after})
        for (const auto& [pane, counts] : *cells)
            panes.insert(pane);
    Findings findings;
    findings.panes = panes.size();
    for (const Timestamp pane : panes) {
        PaneLook look = judge(pane, cell(*before, pane), cell(*raw, pane), cell(*after, pane));
        if (!look.settled()) findings.open.emplace(pane, std::move(look));
    }
    raw_.erase(raw_.lower_bound(range.start), raw_.lower_bound(range.end));
    raw_.merge(*raw);
    return findings;
}

Result<void> PaneAudit::run(TimeRange range, AuditReport& report) {
    auto findings = compare(range);
    if (!findings) return fail(findings.error());
    std::map<Timestamp, PaneLook> open = std::move(findings->open);
    report.panes += findings->panes;
    for (int look = 1; look < max_looks && !open.empty(); ++look) {
        std::map<Timestamp, PaneLook> still_open;
        for (const TimeRange& again : ranges_of(open, window_.pane)) {
            auto more = compare(again);
            if (!more) return fail(more.error());
            still_open.merge(more->open);
        }
        open = std::move(still_open);
    }
    for (auto& [pane, look] : open) {
        if (look.differences.empty()) ++report.panes_moving;
        for (AuditDifference& difference : look.differences)
            note_difference(report, std::move(difference));
    }
    for (auto it = raw_.lower_bound(range.start); it != raw_.end(); ++it)
        for (const auto& [key, count] : it->second)
            report.events += count;
    if (progress_) progress_(read_);
    return {};
}

}  // namespace weir

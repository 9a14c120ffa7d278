#include "pipeline/view_feed.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "codec/view_event.h"

namespace weir {
namespace {

constexpr TimeRange all_time{min_timestamp, max_timestamp};
constexpr std::size_t passes_a_tick = 256;
constexpr std::uint64_t most_blocks = std::uint64_t{1} << 20U;

std::vector<ViewSpec> specs_of(const auto& views) {
    std::vector<ViewSpec> specs;
    for (const auto* view : views)
        specs.push_back(view->spec);
    return specs;
}

}  // namespace

ViewFeed::ViewFeed(StoreReader& events, ViewStore& records, const Clock& clock, Options options)
    : events_(events),
      records_(records),
      clock_(clock),
      options_(std::move(options)),
      blocks_(options_.blocks_at_once) {}

Result<std::unique_ptr<ViewFeed>> ViewFeed::open(StoreReader& events, ViewStore& records, const Clock& clock,
                                                 Options options) {
    std::unique_ptr<ViewFeed> feed(new ViewFeed(events, records, clock, std::move(options)));
    if (auto loaded = feed->load(); !loaded) return fail(std::move(loaded).error());
    return feed;
}

Result<void> ViewFeed::load() {
    const auto as_of = committed();
    if (!as_of) return fail(as_of.error());
    for (const ViewSpec& spec : options_.views) {
        auto known = records_.progress(spec.name);
        if (!known) return fail(std::move(known).error());
        ViewProgress progress = known->value_or(ViewProgress{});
        // A view that read more than there is comes of other events, as when these were restored from a copy.
        if (const std::string text = format_view(spec); progress.spec != text || progress.next > *as_of + 1) {
            if (auto dropped = records_.drop(spec.name); !dropped) return dropped;
            progress = ViewProgress{};
            progress.spec = text;
        }
        views_.push_back({spec, std::move(progress)});
    }
    return {};
}

Result<void> ViewFeed::put(std::span<const ViewChange> changes) {
    auto written = records_.put(changes);
    uncertain_ = !written;
    return written;
}

// A write that failed may be there all the same: what counts is what is stored.
Result<void> ViewFeed::make_certain() {
    if (!uncertain_) return {};
    for (View& view : views_) {
        auto known = records_.progress(view.spec.name);
        if (!known) return fail(std::move(known).error());
        view.progress = known->value_or(ViewProgress{format_view(view.spec), 1, {}});
    }
    uncertain_ = false;
    return {};
}

// The position of the newest commit.
Result<std::uint64_t> ViewFeed::committed() {
    ScanRequest nothing{TimeRange{min_timestamp, min_timestamp}, {}, {}};
    nothing.after = ScanCursor{std::numeric_limits<std::uint64_t>::max(), 0};
    const auto end = events_.scan(nothing, [](const EventView&) { return Visit::stop; });
    if (!end) return fail(end.error());
    return end->as_of;
}

// Whether all views have read up to `as_of` after so many passes.
Result<bool> ViewFeed::catch_up(std::uint64_t as_of, std::size_t passes) {
    for (; passes > 0; --passes) {
        const std::scoped_lock lock(mutex_);
        const auto next = read_some(as_of);
        if (!next) return fail(next.error());
        if (*next > as_of) return true;
    }
    return false;
}

// Those views that are furthest behind read some blocks. Returns the first position that one of them had not
// read before.
Result<std::uint64_t> ViewFeed::read_some(std::uint64_t as_of) {
    if (auto certain = make_certain(); !certain) return fail(std::move(certain).error());
    std::uint64_t next = std::numeric_limits<std::uint64_t>::max(), others = next;
    for (const View& view : views_)
        next = std::min(next, view.progress.next);
    if (next > as_of) return next;
    std::vector<View*> behind;
    for (View& view : views_) {
        if (view.progress.next == next)
            behind.push_back(&view);
        else
            others = std::min(others, view.progress.next);
    }
    const auto found = count(behind, std::min({as_of, next + blocks_ - 1, others - 1}));
    if (!found) return fail(found.error());
    blocks_ = *found ? options_.blocks_at_once : std::min(blocks_ * 2, most_blocks);
    return next;
}

// Adds the blocks up to `last` to views that have read equally far. Returns whether there were events.
Result<bool> ViewFeed::count(const std::vector<View*>& views, std::uint64_t last) {
    ViewEventReader reader(specs_of(views));
    std::vector<Deltas> deltas(views.size());
    ScanRequest request{all_time, last, ScanCursor{views.front()->progress.next, 0}};
    const auto end = events_.scan(request, [&](const EventView& event) {
        const auto& seen = reader.read(event.line);
        for (std::size_t i = 0; i < views.size(); ++i) {
            ViewGroups& pane = deltas[i][pane_of(event.ts, views[i]->spec.window)];
            ++(seen[i].usable ? pane.total : pane.unusable);
            if (seen[i].usable) pane.groups[seen[i].key].add(seen[i].value);
        }
        return Visit::next;
    });
    if (!end) return fail(end.error());
    std::vector<ViewChange> changes;
    for (std::size_t i = 0; i < views.size(); ++i) {
        auto change = merged(*views[i], deltas[i]);
        if (!change) return fail(std::move(change).error());
        change->progress.next = last + 1;
        changes.push_back(*std::move(change));
    }
    const bool any = !deltas.front().empty();
    if (any)  // how far it read where there was nothing need not be kept
        if (auto written = put(changes); !written) return fail(std::move(written).error());
    for (std::size_t i = 0; i < views.size(); ++i)
        views[i]->progress = changes[i].progress;
    return any;
}

// The panes as they are with what is new. Panes under rows that are written are marked.
Result<ViewChange> ViewFeed::merged(const View& view, const Deltas& deltas) const {
    ViewChange change;
    change.view = view.spec.name;
    change.progress = view.progress;
    for (const auto& [start, delta] : deltas) {
        auto before = records_.panes(view.spec.name, {start, start + view.spec.window.pane});
        if (!before) return fail(std::move(before).error());
        ViewGroups pane = before->empty() ? ViewGroups{} : std::move(before->begin()->second);
        pane.merge(delta);
        change.panes.emplace(start, std::move(pane));
        if (view.progress.due && start < *view.progress.due) change.marked.push_back(start);
    }
    return change;
}

Result<ViewWindow> ViewFeed::sum(const View& view, Timestamp end) const {
    const auto panes = records_.panes(view.spec.name, window_ending(end, view.spec.window));
    if (!panes) return fail(panes.error());
    ViewWindow window;
    window.end = end;
    for (const auto& [start, pane] : *panes)
        window.of.merge(pane);
    window.computed_at = clock_.now();
    window.as_of = view.progress.next - 1;
    return window;
}

Result<void> ViewFeed::tick() {
    const auto as_of = committed();
    if (!as_of) return fail(as_of.error());
    const auto read = catch_up(*as_of, passes_a_tick);
    if (!read) return fail(read.error());
    if (!*read) return {};  // rows would only be written again
    for (View& view : views_) {
        const std::scoped_lock lock(mutex_);
        if (auto written = write_rows(view, options_.rows_per_tick); !written)
            return fail(std::move(written).error());
    }
    return {};
}

Result<std::size_t> ViewFeed::write_rows(View& view, std::size_t limit) {
    if (auto certain = make_certain(); !certain) return fail(std::move(certain).error());
    const Timestamp due = align_down(clock_.now() - options_.settle, view.spec.window.slide);
    std::size_t rows = 0;
    while (rows < limit) {
        const auto written = rewrite_rows(view);
        if (!written) return written;
        if (*written == 0) break;
        rows += *written;
    }
    while (rows < limit && (!view.progress.due || *view.progress.due < due)) {
        const auto written = write_due_rows(view, due);
        if (!written) return written;
        rows += *written;
    }
    return rows;
}

// The row of the window, unless it holds no event.
Result<bool> ViewFeed::append_row(const View& view, Timestamp end, std::vector<ViewWindow>& rows) const {
    auto row = sum(view, end);
    if (!row) return fail(std::move(row).error());
    if (row->of.empty()) return false;
    const auto before = records_.row(view.spec.name, end);
    if (!before) return fail(before.error());
    if (*before) row->revision = (*before)->revision + 1;
    rows.push_back(*std::move(row));
    return true;
}

// Rows over some panes that are marked, and the marks go. Returns how many panes these were.
Result<std::size_t> ViewFeed::rewrite_rows(View& view) {
    const WindowSpec& window = view.spec.window;
    const auto windows_a_pane = static_cast<std::size_t>(window.size / window.slide);
    const auto marked =
        records_.marked(view.spec.name, std::max<std::size_t>(options_.rows_at_once / windows_a_pane, 1));
    if (!marked) return fail(marked.error());
    if (marked->empty()) return std::size_t{0};
    std::set<Timestamp> ends;
    for (const Timestamp pane : *marked)
        for (const Timestamp end : windows_covering(pane, *view.progress.due, window))
            ends.insert(end);
    ViewChange change;
    change.view = view.spec.name;
    change.progress = view.progress;
    change.cleared = *marked;
    for (const Timestamp end : ends)
        if (auto appended = append_row(view, end, change.rows); !appended)
            return fail(std::move(appended).error());
    if (auto written = put({&change, 1}); !written) return fail(std::move(written).error());
    return marked->size();
}

// Some of the rows of windows that closed since rows were last written, up to `due`.
Result<std::size_t> ViewFeed::write_due_rows(View& view, Timestamp due) {
    const WindowSpec& window = view.spec.window;
    const auto first = records_.first_pane(
        view.spec.name,
        view.progress.due ? *view.progress.due + window.slide - window.size : Timestamp::min());
    if (!first) return fail(first.error());
    ViewChange change;
    change.view = view.spec.name;
    change.progress = view.progress;
    change.progress.due = due;
    if (*first && **first < due) {
        // No window that ends before the first pane does holds anything.
        Timestamp end = std::max(view.progress.due.value_or(**first), **first) + window.slide;
        for (; end <= due && change.rows.size() < options_.rows_at_once; end += window.slide) {
            const auto appended = append_row(view, end, change.rows);
            if (!appended) return fail(appended.error());
            if (*appended) continue;
            // Nor does any before the next pane does.
            const auto next = records_.first_pane(view.spec.name, end);
            if (!next) return fail(next.error());
            end = std::min(due, next->value_or(due));
        }
        change.progress.due = end - window.slide;
    }
    if (auto written = put({&change, 1}); !written) return fail(std::move(written).error());
    view.progress = change.progress;
    return change.rows.size() + 1;
}

Result<void> ViewFeed::drop_before(Timestamp oldest) {
    for (const View& view : views_) {
        const std::scoped_lock lock(mutex_);
        if (auto dropped = records_.drop_before(view.spec.name, align_down(oldest, view.spec.window.pane));
            !dropped)
            return dropped;
    }
    return {};
}

}  // namespace weir

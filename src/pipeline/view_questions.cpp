// What a ViewFeed is asked. view_feed.cpp has how it keeps its views.
#include <utility>

#include <fmt/format.h>

#include "pipeline/view_feed.h"

namespace weir {
namespace {

constexpr std::size_t most_passes = 64;  // that a question waits for

}  // namespace

Result<ViewFeed::View*> ViewFeed::find(const std::string& name) {
    std::string known;
    for (View& view : views_) {
        if (view.spec.name == name) return &view;
        known += (known.empty() ? "" : ", ") + view.spec.name;
    }
    return fail(ErrorCode::not_found, "view-unknown", "there is no view of this name",
                known.empty() ? std::string("weir serve --view makes one") : "there are " + known);
}

Result<std::vector<ViewStatus>> ViewFeed::views() {
    const auto as_of = committed();
    if (!as_of) return fail(as_of.error());
    const std::scoped_lock lock(mutex_);
    std::vector<ViewStatus> found;
    for (const View& view : views_) {
        const std::uint64_t read = view.progress.next - 1;
        found.push_back({view.spec, read, *as_of > read ? *as_of - read : 0, view.progress.due});
    }
    return found;
}

Result<ViewRow> ViewFeed::window(const std::string& name, std::optional<Timestamp> end) {
    auto view = find(name);
    if (!view) return fail(std::move(view).error());
    const ViewSpec& spec = (*view)->spec;
    const Timestamp now = clock_.now(), present = align_up(now + Duration{1}, spec.window.slide);
    if (end && align_down(*end, spec.window.slide) != *end)
        return fail(ErrorCode::invalid, "window-unaligned",
                    fmt::format("{} is no multiple of the slide ({})", format_rfc3339(*end),
                                format_duration(spec.window.slide)),
                    "ask for " + format_rfc3339(align_down(*end, spec.window.slide)));
    if (end && *end > present)
        return fail(
            ErrorCode::invalid, "window-in-future",
            fmt::format("the window that ends at {} has not begun its last slide yet", format_rfc3339(*end)),
            "the newest that can be counted ends at " + format_rfc3339(present));
    const auto as_of = committed();
    if (!as_of) return fail(as_of.error());
    const auto read = catch_up(*as_of, most_passes);
    if (!read) return fail(read.error());
    if (!*read)
        return fail(ErrorCode::unavailable, "view-behind",
                    fmt::format("the view {} still reads events that came before", name),
                    "ask again in a moment; GET /v1/views shows how far it is");
    const std::scoped_lock lock(mutex_);
    const auto counted = sum(**view, end.value_or(present));
    if (!counted) return fail(counted.error());
    return view_row(spec, *counted, now);
}

Result<std::vector<ViewRow>> ViewFeed::rows(const std::string& name, TimeRange ends, std::size_t limit) {
    const auto view = find(name);
    if (!view) return fail(view.error());
    const auto stored = records_.rows(name, ends, limit);
    if (!stored) return fail(stored.error());
    std::vector<ViewRow> found;
    for (const ViewWindow& row : *stored)
        found.push_back(view_row((*view)->spec, row, clock_.now()));
    return found;
}

}  // namespace weir

#include "pipeline/view_audit.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include <fmt/format.h>

#include "pipeline/raw_view_counts.h"

namespace weir {
namespace {

constexpr std::size_t most_listed = 100;
constexpr Duration segment{std::chrono::hours{1}};  // recounted at once
constexpr int tries_for_row = 5;                    // that is due and not there: the next tick may write it
constexpr Duration between_tries{std::chrono::seconds{1}};

std::vector<ViewSpec> specs_of(const std::vector<ViewStatus>& views) {
    std::vector<ViewSpec> specs;
    for (const ViewStatus& view : views)
        specs.push_back(view.spec);
    return specs;
}

Result<std::vector<ViewStatus>> chosen(ViewReader& views, const std::string& name) {
    auto all = views.views();
    if (!all || name.empty()) return all;
    std::erase_if(*all, [&](const ViewStatus& status) { return status.spec.name != name; });
    if (all->empty())
        return fail(ErrorCode::not_found, "view-unknown", "there is no view " + name,
                    "GET /v1/views lists them; weir serve --view makes one");
    return all;
}

void note(ViewReport& report, ViewDifference difference) {
    ++report.differences;
    if (report.first.size() < most_listed) report.first.push_back(std::move(difference));
}

std::string described(const ViewValue& value) {
    return fmt::format("{} of {} events", value.value, value.count);
}

std::string described(TimeRange range) {
    return format_rfc3339(range.start) + " to " + format_rfc3339(range.end);
}

// Compares the row of the window that ends at `end` with a recount; the differences go to the report.
void compare(const ViewSpec& spec, Timestamp end, const ViewRow& row, const RawViewCounts::Window& raw,
             ViewReport& report) {
    const auto differs = [&](const Key& key, std::string of_raw, std::string of_row, std::string why) {
        note(report, {spec.name, end, key, std::move(of_raw), std::move(of_row), std::move(why)});
    };
    if (row.view != spec.name) differs("", spec.name, row.view, "another view");
    if (row.measure != format_measure(spec))
        differs("", format_measure(spec), row.measure, "another measure");
    if (const TimeRange window = window_ending(end, spec.window); row.window != window)
        differs("", described(window), described(row.window), "another window");
    if (row.total != raw.total) differs("", std::to_string(raw.total), std::to_string(row.total), "events");
    if (row.unusable != raw.unusable)
        differs("", std::to_string(raw.unusable), std::to_string(row.unusable), "unusable events");
    for (const auto& [key, value] : raw.groups) {
        const auto found = row.groups.find(key);
        if (found == row.groups.end())
            differs(key, described(value), "nothing", "the group is missing");
        else if (found->second != value)
            differs(key, described(value), described(found->second), row.measure);
    }
    for (const auto& [key, value] : row.groups)
        if (!raw.groups.contains(key)) differs(key, "nothing", described(value), "no such event");
}

bool agrees(const ViewSpec& spec, Timestamp end, const ViewRow& row, const RawViewCounts::Window& raw) {
    ViewReport report;
    compare(spec, end, row, raw, report);
    return report.passed();
}

class ViewAudit {
  public:
    ViewAudit(StoreReader& events, ViewReader& views, const ViewAuditRequest& request, Clock& clock)
        : events_(events), views_(views), request_(request), clock_(clock) {}

    Result<ViewReport> run(const std::function<void(std::uint64_t)>& progress) {
        auto known = chosen(views_, request_.view);
        if (!known) return fail(std::move(known).error());
        known_ = *std::move(known);
        for (const ViewStatus& view : known_)
            report_.views.push_back(view.spec.name);
        if (known_.empty()) return report_;
        for (Timestamp from = request_.ends.start; from < request_.ends.end; from += segment) {
            if (auto done = audit({from, std::min(from + segment, request_.ends.end)}); !done)
                return fail(std::move(done).error());
            progress(report_.events);
        }
        return report_;
    }

  private:
    // All views over the windows that end in one part of the range.
    Result<void> audit(TimeRange ends) {
        Duration longest{0};
        std::uint64_t as_of = std::numeric_limits<std::uint64_t>::max();
        for (const ViewStatus& view : known_) {
            longest = std::max(longest, view.spec.window.size);
            as_of = std::min(as_of, view.as_of);
        }
        RawViewCounts raw(specs_of(known_));
        const auto read = raw.read(events_, {ends.start - longest, ends.end}, as_of);
        if (!read) return fail(read.error());
        report_.events += *read;
        for (std::size_t i = 0; i < known_.size(); ++i)
            if (auto done = audit(i, raw, ends); !done) return done;
        return {};
    }

    Result<void> audit(std::size_t number, const RawViewCounts& raw, TimeRange ends) {
        const ViewStatus& view = known_[number];
        auto stored = views_.rows(view.spec.name, ends, std::numeric_limits<std::size_t>::max());
        if (!stored) return fail(std::move(stored).error());
        std::map<Timestamp, ViewRow> rows;
        for (ViewRow& row : *stored)
            rows.emplace(row.window.end, std::move(row));
        std::set<Timestamp> due;
        for (const auto& [end, row] : rows)
            due.insert(end);
        for (const Timestamp end : raw.ends(number, ends))
            if (view.rows_until && end <= *view.rows_until) due.insert(end);
        for (const Timestamp end : due) {
            if (end - view.spec.window.size < request_.kept_since) continue;
            const auto row = rows.find(end);
            const auto window = raw.window(number, end);
            if (auto done = row == rows.end() ? look_again(view.spec, end, window)
                                              : check(view.spec, end, row->second, window);
                !done)
                return done;
        }
        return {};
    }

    // A row may hold more or less than the recount: it was written at another moment. As of that moment it
    // must be right.
    Result<void> check(const ViewSpec& spec, Timestamp end, const ViewRow& row,
                       const RawViewCounts::Window& window) {
        ++report_.rows;
        report_.groups += row.groups.size();
        if (agrees(spec, end, row, window)) return {};
        RawViewCounts again({spec});
        const auto read = again.read(events_, window_ending(end, spec.window), row.as_of);
        if (!read) return fail(read.error());
        const auto then = again.window(0, end);
        if (agrees(spec, end, row, then))
            ++report_.rows_pending;
        else
            compare(spec, end, row, then, report_);
        return {};
    }

    Result<void> look_again(const ViewSpec& spec, Timestamp end, const RawViewCounts::Window& window) {
        for (int tries = tries_for_row; tries > 0; --tries) {
            const auto found = views_.rows(spec.name, {end, end + Duration{1}}, 1);
            if (!found) return fail(found.error());
            if (!found->empty()) return check(spec, end, found->front(), window);
            if (tries > 1) clock_.sleep_until(clock_.steady_now() + between_tries);
        }
        note(report_, {spec.name, end, "", std::to_string(window.total), "no row", "the row is missing"});
        return {};
    }

    StoreReader& events_;
    ViewReader& views_;
    const ViewAuditRequest request_;
    Clock& clock_;
    std::vector<ViewStatus> known_;
    ViewReport report_;
};

}  // namespace

Result<ViewReport> audit_views(StoreReader& events, ViewReader& views, const ViewAuditRequest& request,
                               Clock& clock, const std::function<void(std::uint64_t)>& progress) {
    return ViewAudit(events, views, request, clock).run(progress);
}

Result<ViewReport> verify_views(StoreReader& events, ViewReader& views, const std::string& view,
                                Timestamp ts) {
    const auto known = chosen(views, view);
    if (!known) return fail(known.error());
    ViewReport report;
    for (const ViewStatus& status : *known) {
        const ViewSpec& spec = status.spec;
        const Timestamp end = align_down(ts, spec.window.slide) + spec.window.slide;
        const auto row = views.window(spec.name, end);
        if (!row) return fail(row.error());
        RawViewCounts raw({spec});
        const auto read = raw.read(events, window_ending(end, spec.window), row->as_of);
        if (!read) return fail(read.error());
        report.views.push_back(spec.name);
        report.events += *read;
        ++report.rows;
        report.groups += row->groups.size();
        compare(spec, end, *row, raw.window(0, end), report);
    }
    return report;
}

}  // namespace weir

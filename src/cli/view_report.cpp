#include "cli/view_report.h"

#include <fmt/format.h>

#include "base/json_string.h"
#include "base/text.h"
#include "cli/json_object.h"

namespace weir::cli {
namespace {

constexpr std::size_t most_shown = 10;

std::string names_of(const ViewReport& report) {
    return fmt::format("{}", fmt::join(report.views, ", "));
}

std::string difference_json(const ViewDifference& difference) {
    return JsonObject()
        .add("view", difference.view)
        .add("window_end", format_rfc3339(difference.end))
        .raw("key", difference.key.empty() ? "null" : json_string(difference.key))
        .add("raw", difference.raw)
        .add("stored", difference.stored)
        .add("note", difference.note)
        .text();
}

}  // namespace

std::string views_text(const ViewReport& report) {
    return fmt::format("{}: {} rows compared, {} of them waiting for newer events; {} groups",
                       names_of(report), with_commas(report.rows), with_commas(report.rows_pending),
                       with_commas(report.groups));
}

std::string view_verdict(const ViewReport& report, const Style& style) {
    if (report.views.empty()) return {};
    if (report.passed())
        return style.good("PASS") + fmt::format("  views {}: {} groups are what the raw events say\n",
                                                names_of(report), with_commas(report.groups));
    std::string out =
        style.bad("FAIL") + fmt::format("  views: {} differences\n", with_commas(report.differences));
    for (const ViewDifference& difference : report.first) {
        if (&difference - report.first.data() == most_shown) break;
        out += fmt::format("  {} at {}, {}: the raw events say {}, the view {} ({})\n", difference.view,
                           format_rfc3339(difference.end),
                           difference.key.empty() ? "the window" : printable(difference.key),
                           printable(difference.raw), printable(difference.stored), difference.note);
    }
    return out;
}

std::string view_report_json(const ViewReport& report) {
    if (report.views.empty()) return "null";
    std::string names = "[", differences = "[";
    for (const std::string& name : report.views)
        names += (names.size() > 1 ? "," : "") + json_string(name);
    for (const ViewDifference& difference : report.first)
        differences += (differences.size() > 1 ? "," : "") + difference_json(difference);
    return JsonObject()
        .raw("names", names + "]")
        .add("rows", report.rows)
        .add("rows_pending", report.rows_pending)
        .add("groups", report.groups)
        .add("differences", report.differences)
        .raw("first_differences", differences + "]")
        .text();
}

}  // namespace weir::cli

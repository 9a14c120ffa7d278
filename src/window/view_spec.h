#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "window/window.h"

namespace weir {

// What a view says of each group: how many events, or something of the numbers in one of their fields.
enum class MeasureKind { count, sum, min, max, mean };

// A named view of the events beside the default counts: what is measured, by which fields it is grouped, over
// which windows.
struct ViewSpec {
    std::string name;                   // 1 to 64 of [a-z0-9-]
    WindowSpec window;                  // its pane is its slide
    std::vector<std::string> group_by;  // names of fields, at least one
    MeasureKind measure = MeasureKind::count;
    std::string field;  // that is measured; empty for count

    bool operator==(const ViewSpec&) const = default;
};

constexpr std::size_t max_views = 32;
constexpr std::size_t max_view_fields = 8;

// Reads `name=rooms,window=10m,slide=1m,group-by=Site,group-by=Room,measure=mean:temperature`. A part with a
// comma in it is quoted as in CSV: `"group-by=City, State"`. `name` must be there; what else is left out is
// taken from `defaults`, and the measure is count. ErrorCode::usage, "view-invalid"; the message names the
// part.
Result<ViewSpec> parse_view(std::string_view text, const ViewSpec& defaults);

// Reads several with `;` between them, each with a name of its own (reason "view-twice"), at most max_views
// ("too-many-views"). None in an empty text.
Result<std::vector<ViewSpec>> parse_views(std::string_view text, const ViewSpec& defaults);

// What parse_view reads back as the same view, whatever the defaults: the parts in a fixed order, all of
// them.
std::string format_view(const ViewSpec& view);

// `count`, or `mean:temperature`.
std::string format_measure(const ViewSpec& view);

}  // namespace weir

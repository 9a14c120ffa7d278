#include "window/view_row.h"

namespace weir {

ViewRow view_row(const ViewSpec& spec, const ViewWindow& window, Timestamp now) {
    ViewRow row;
    row.view = spec.name;
    row.measure = format_measure(spec);
    row.window = window_ending(window.end, spec.window);
    row.total = window.of.total;
    row.unusable = window.of.unusable;
    for (const auto& [key, measure] : window.of.groups)
        row.groups.emplace_hint(row.groups.end(), key,
                                ViewValue{measure.count, value_text(measure, spec.measure)});
    row.revision = window.revision;
    row.final = window.end + spec.window.lateness <= now;
    row.computed_at = window.computed_at;
    row.as_of = window.as_of;
    return row;
}

}  // namespace weir

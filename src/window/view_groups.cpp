#include "window/view_groups.h"

#include <algorithm>

namespace weir {

void Measure::add(const Decimal& value) {
    merge({1, value, value, value});
}

void Measure::merge(const Measure& other) {
    if (other.count == 0) return;
    min = count == 0 ? other.min : std::min(min, other.min);
    max = count == 0 ? other.max : std::max(max, other.max);
    sum += other.sum;
    count += other.count;
}

std::string value_text(const Measure& measure, MeasureKind kind) {
    switch (kind) {
        case MeasureKind::count:
            break;
        case MeasureKind::sum:
            return measure.sum.text();
        case MeasureKind::min:
            return measure.min.text();
        case MeasureKind::max:
            return measure.max.text();
        case MeasureKind::mean:
            return measure.sum.divided_by(measure.count).text();
    }
    return std::to_string(measure.count);
}

void ViewGroups::merge(const ViewGroups& other) {
    for (const auto& [key, measure] : other.groups)
        groups[key].merge(measure);
    total += other.total;
    unusable += other.unusable;
}

}  // namespace weir

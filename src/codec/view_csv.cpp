#include "codec/view_csv.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/time.h"
#include "codec/csv_reader.h"
#include "codec/event_export.h"

namespace weir {

std::vector<RankedGroup> ranked_groups(const ViewRow& row, std::optional<std::uint64_t> top) {
    std::vector<RankedGroup> groups(row.groups.begin(), row.groups.end());
    std::ranges::stable_sort(groups, [](const RankedGroup& a, const RankedGroup& b) {
        return Decimal::parse_sum(a.second.value) > Decimal::parse_sum(b.second.value);
    });
    if (top && groups.size() > *top) groups.resize(*top);
    return groups;
}

std::string view_csv_lines(const ViewRow& row, std::optional<std::uint64_t> top) {
    std::string out;
    for (const auto& [key, value] : ranked_groups(row, top)) {
        out += row.view + ',';
        append_csv_cell(out, row.measure);
        out += fmt::format(",{},{},", format_rfc3339(row.window.start), format_rfc3339(row.window.end));
        append_guarded_csv_cell(out, key);
        out += fmt::format(",{},{},{},{},{},{}\n", value.value, value.count, row.total, row.unusable,
                           row.revision, row.final);
    }
    return out;
}

}  // namespace weir

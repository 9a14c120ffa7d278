#include "window/window.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace weir {

Result<void> validate(const WindowSpec& spec) {
    const auto bad = [](std::string message) {
        return fail(ErrorCode::usage, "window-invalid", std::move(message),
                    "window and slide are multiples of the pane, such as --window 5m --pane 1s --slide 60s");
    };
    if (spec.pane <= Duration::zero()) return bad("the pane must be longer than nothing");
    if (spec.size <= Duration::zero() || spec.size % spec.pane != Duration::zero())
        return bad(fmt::format("the window ({}) is no multiple of the pane ({})", format_duration(spec.size),
                               format_duration(spec.pane)));
    if (spec.slide <= Duration::zero() || spec.slide % spec.pane != Duration::zero())
        return bad(fmt::format("the slide ({}) is no multiple of the pane ({})", format_duration(spec.slide),
                               format_duration(spec.pane)));
    if (spec.slide > spec.size)
        return bad(
            fmt::format("the slide ({}) is longer than the window ({}), so some events would be in no row",
                        format_duration(spec.slide), format_duration(spec.size)));
    if (spec.size / spec.pane > max_panes_per_window)
        return bad(fmt::format("a window of {} panes is over the limit of {}", spec.size / spec.pane,
                               max_panes_per_window));
    if (spec.lateness < Duration::zero()) return bad("the lateness must not be negative");
    return {};
}

Timestamp align_down(Timestamp t, Duration step) {
    const Duration since = t.time_since_epoch();
    Duration rest = since % step;
    if (rest < Duration::zero()) rest += step;
    return Timestamp{since - rest};
}

Timestamp align_up(Timestamp t, Duration step) {
    const Timestamp down = align_down(t, step);
    return down == t ? t : down + step;
}

Timestamp pane_of(Timestamp t, const WindowSpec& spec) {
    return align_down(t, spec.pane);
}

TimeRange window_ending(Timestamp end, const WindowSpec& spec) {
    return {end - spec.size, end};
}

std::vector<Timestamp> windows_covering(Timestamp pane, Timestamp last, const WindowSpec& spec) {
    std::vector<Timestamp> ends;
    const Timestamp bound = std::min(last, pane + spec.size);
    for (Timestamp end = align_up(pane + spec.pane, spec.slide); end <= bound; end += spec.slide)
        ends.push_back(end);
    return ends;
}

std::string view_name(const std::string& group_by, const WindowSpec& spec) {
    std::string name = group_by;
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
        return std::isalnum(c) ? static_cast<char>(std::tolower(c)) : '-';
    });
    return name + "-" + format_duration(spec.size);
}

}  // namespace weir

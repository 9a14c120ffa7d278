// Any text as views: what is read is written in one form, which is read back as the same views whatever the
// defaults, one by one and all together.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "window/view_spec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    weir::ViewSpec defaults;
    defaults.window.pane = defaults.window.slide;
    defaults.group_by = {"County"};
    const auto views = weir::parse_views({reinterpret_cast<const char*>(data), size}, defaults);
    if (!views) {
        if (views.error().message.empty()) std::abort();
        return 0;
    }
    std::string all;
    for (const weir::ViewSpec& view : *views) {
        const std::string text = weir::format_view(view);
        weir::ViewSpec expected = view;
        expected.window.lateness = weir::ViewSpec{}.window.lateness;
        const auto read = weir::parse_view(text, {});
        if (!read || *read != expected || weir::format_view(*read) != text) std::abort();
        all += text + ";";
    }
    const auto read = weir::parse_views(all, {});
    if (!read || *read != *views) std::abort();
    return 0;
}

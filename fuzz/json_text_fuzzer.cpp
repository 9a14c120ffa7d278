// Any bytes as text, and as what stands between a JSON string's quotes: every way of escaping and of
// unescaping that this machine can go gives the same, and text that was escaped is read back as it was.

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_escape.h"
#include "base/json_string.h"
#include "base/json_unescape.h"
#include "base/text.h"

namespace {

void check(bool holds) {
    if (!holds) std::abort();
}

// In exactly the room that it asks for.
std::optional<std::string> unescaped(std::string_view escaped, weir::UnescapeRun run) {
    std::vector<char> to(escaped.size() + weir::unescape_room);
    const auto written = weir::unescape_json(escaped, to.data(), run);
    return written ? std::optional(std::string(to.data(), *written)) : std::nullopt;
}

std::optional<std::string> unescaped_by_all(std::string_view escaped) {
    const auto expected = unescaped(escaped, weir::unescape_runs().front());
    for (const weir::UnescapeRun run : weir::unescape_runs())
        check(unescaped(escaped, run) == expected);
    return expected;
}

void check_escapes(std::string_view text) {
    for (const std::size_t room : {2 * text.size() + weir::escape_room, text.size()}) {
        for (const weir::EscapeRun run : weir::escape_runs()) {
            std::string to(room, '\0');
            const weir::EscapeProgress done = run(text, to);
            check(done.read <= text.size() && done.written <= room);
            check(unescaped_by_all(std::string_view(to).substr(0, done.written)) ==
                  text.substr(0, done.read));
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    unescaped_by_all(text);
    check_escapes(text);
    std::string quoted;
    check(weir::append_json_utf8(quoted, text) == weir::is_utf8(text));
    const auto back = unescaped_by_all(std::string_view(quoted).substr(1, quoted.size() - 2));
    check(back.has_value());
    if (weir::is_utf8(text)) check(*back == text);
    return 0;
}

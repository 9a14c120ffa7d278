// The quick look at flat objects against the strict parser, on any lines: the same verdict, fields and
// reason.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/json_event_parser.h"

namespace {

const weir::Timestamp now = *weir::parse_rfc3339("2026-11-24T00:15:53.123Z");
const weir::TimeBounds bounds = weir::time_bounds(now, std::chrono::hours{24}, std::chrono::seconds{60});

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static weir::JsonEventParser strict("County", 64);
    weir::JsonEventParser quick("County", 64);
    weir::PaddedLine padded;
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        const std::string_view copy = padded.copy(line);
        weir::EventFields a, b;
        weir::Rejection why_a, why_b;
        const bool took_a = quick.parse(copy, bounds, a, why_a);
        const bool took_b = strict.parse_strictly(copy, bounds, b, why_b);
        const bool same =
            took_a == took_b && (took_a ? a.event_id == b.event_id && a.ts == b.ts && a.key == b.key
                                        : why_a.reason == why_b.reason && why_a.message == why_b.message);
        if (same) continue;
        std::fprintf(stderr, "the parsers differ on: %.*s\n", static_cast<int>(line.size()), line.data());
        std::abort();
    }
    return 0;
}

// The NDJSON decoder on any bytes: every batch keeps its invariants, and every line has the verdict that it
// has alone.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/batch_decoder.h"
#include "codec/batch_invariants.h"

namespace weir {
namespace {

const Timestamp now = *parse_rfc3339("2026-11-24T00:15:53.123Z");

void require(bool holds, const std::string& what) {
    if (holds) return;
    std::fprintf(stderr, "%s\n", what.c_str());
    std::abort();
}

Batch decode(std::string body) {
    static BatchDecoder decoder("County", {});
    auto batch = decoder.decode({MediaType::ndjson, "b", std::move(body), now, "fuzz"});
    require(batch.has_value(), "NDJSON was refused whole");
    require(test::broken_invariant(*batch).empty(), test::broken_invariant(*batch));
    return *std::move(batch);
}

}  // namespace
}  // namespace weir

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using weir::require;
    const std::string body(reinterpret_cast<const char*>(data), size);
    const weir::Batch batch = weir::decode(body);
    // A line break in front keeps a byte-order mark from being skipped.
    for (const weir::EventRecord& event : batch.events)
        require(weir::decode("\n" + std::string(batch.line(event))).events.size() == 1,
                "an event is none alone");
    for (const weir::DeadLetter& letter : batch.rejected) {
        const weir::Batch alone = weir::decode("\n" + letter.bytes);
        require(alone.rejected.size() == 1 && alone.rejected[0].reason == letter.reason,
                "a bad line is another alone");
        require(body.find(letter.bytes) != std::string::npos, "a dead letter was altered");
    }
    return 0;
}

// A whole request as it comes: the first byte chooses the media type (its lowest two bits) and the content
// encoding (the next two); the rest is the body. What is taken keeps its invariants within the limits, what
// is refused has a reason.

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/batch_decoder.h"
#include "codec/batch_invariants.h"
#include "codec/compression.h"

namespace weir {
namespace {

const Timestamp now = *parse_rfc3339("2026-11-24T00:15:53.123Z");

void require(bool holds, const std::string& what) {
    if (holds) return;
    std::fprintf(stderr, "%s\n", what.c_str());
    std::abort();
}

Result<std::string> decompress(unsigned encoding, std::string_view body) {
    const DecompressionLimits limits{1_MiB, 200, 64_KiB};
    auto plain = encoding == 1   ? zstd_decompress(body, limits)
                 : encoding == 2 ? gzip_decompress(body, limits)
                                 : Result<std::string>(std::string(body));
    require(!plain || encoding == 0 || plain->size() <= limits.max_output.count,
            "more was decompressed than is allowed");
    return plain;
}

EventLimits small_limits() {
    EventLimits limits;
    limits.max_line_bytes = 4096;
    limits.max_nesting_depth = 8;
    limits.max_lines = 1000;
    limits.max_rejected = 500;
    return limits;
}

void check(MediaType media, std::string body) {
    static const EventLimits limits = small_limits();
    static BatchDecoder decoder("County", limits);
    const auto batch = decoder.decode({media, "b", std::move(body), now, "fuzz"});
    if (!batch) {
        require(!batch.error().reason.empty() && !batch.error().message.empty(), "an error says nothing");
        return;
    }
    require(test::broken_invariant(*batch).empty(), test::broken_invariant(*batch));
    require(batch->received <= limits.max_lines && batch->rejected.size() <= limits.max_rejected,
            "a limit was passed");
    for (const EventRecord& event : batch->events)
        require(event.length <= limits.max_line_bytes, "a line is too long");
}

}  // namespace
}  // namespace weir

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::array media{weir::MediaType::ndjson, weir::MediaType::json, weir::MediaType::csv,
                               weir::MediaType::csv};
    if (size == 0) return 0;
    auto body = weir::decompress(data[0] >> 2U & 3U, {reinterpret_cast<const char*>(data) + 1, size - 1});
    if (body) weir::check(media[data[0] & 3U], *std::move(body));
    return 0;
}

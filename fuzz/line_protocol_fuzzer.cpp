// InfluxDB line protocol and CloudEvents as bodies: the first byte chooses which. What is taken keeps its
// invariants and says the same when it is read a second time; what is refused has a reason.

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "codec/batch_decoder.h"
#include "codec/batch_invariants.h"
#include "codec/cloud_events.h"

namespace weir {
namespace {

const Timestamp now = *parse_rfc3339("2026-11-24T00:15:53.123Z");

void require(bool holds, const std::string& what) {
    if (holds) return;
    std::fprintf(stderr, "%s\n", what.c_str());
    std::abort();
}

Result<Batch> decode(MediaType media, const std::string& body) {
    static BatchDecoder decoder("County", [] {
        EventLimits limits;
        limits.max_line_bytes = 4096;
        limits.max_nesting_depth = 8;
        limits.max_lines = 1000;
        limits.max_rejected = 500;
        return limits;
    }());
    DecodeRequest request{media, "", body, now, "fuzz"};
    request.lines.unique = "n-1";
    return decoder.decode(std::move(request));
}

void check(MediaType media, const std::string& body) {
    const auto batch = decode(media, body);
    if (!batch) {
        require(!batch.error().reason.empty() && !batch.error().message.empty(), "an error says nothing");
        return;
    }
    require(test::broken_invariant(*batch).empty(), test::broken_invariant(*batch));
    const auto again = decode(media, body);
    require(again && again->batch_id == batch->batch_id && again->text == batch->text,
            "the same body became other events");
}

}  // namespace
}  // namespace weir

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string body(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] & 3U) {
        case 0:
        case 1:
            weir::check(weir::MediaType::line_protocol, body);
            break;
        case 2:
            weir::check(
                body.find('[') < body.find('{') ? weir::MediaType::cloudevents : weir::MediaType::cloudevent,
                body);
            break;
        case 3:
            if (const auto event = weir::structured_cloudevent(
                    {{"specversion", "1.0"}, {"id", "1"}, {"source", "s"}, {"type", "t"}}, "", body))
                weir::check(weir::MediaType::cloudevent, *event);
            break;
    }
    return 0;
}

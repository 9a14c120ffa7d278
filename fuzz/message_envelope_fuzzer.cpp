// A message as a queue gives it: the first byte chooses the form (its lowest bit); the rest is the message.
// What is taken can be written again and comes back as it was; what is refused has a reason.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/message_envelope.h"
#include "event/event.h"

namespace weir {
namespace {

void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "%s\n", what);
    std::abort();
}

std::string_view content_type(MediaType media) {
    switch (media) {
        case MediaType::ndjson:
            return "application/x-ndjson";
        case MediaType::json:
            return "application/json";
        case MediaType::csv:
            return "text/csv";
        case MediaType::line_protocol:
        case MediaType::cloudevent:
        case MediaType::cloudevents:
            break;
    }
    require(false, "a message is of a form that queues do not carry");
    return "";
}

void check(std::string_view message, MessageForm form) {
    const DecompressionLimits limits{1_MiB, 200, 64_KiB};
    const auto read = read_message(message, form, limits);
    if (!read) {
        require(!read.error().reason.empty() && !read.error().message.empty(), "an error says nothing");
        return;
    }
    require(read->body.size() <= limits.max_output.count, "a body is too long");
    require(read->batch_id.empty() || is_valid_id(read->batch_id), "a batch id is not valid");
    const MessageEnvelope envelope{read->batch_id.empty() ? "b" : read->batch_id,
                                   std::string(content_type(read->media)), "", read->sent};
    const auto again = read_message(write_message(envelope, read->body, form), form, limits);
    // A short body of one repeated byte may be smaller as zstd than the limits on compression ratio allow.
    if (!again) return require(again.error().code == ErrorCode::too_large, "what was written cannot be read");
    require(again->body == read->body && again->media == read->media &&
                again->batch_id == envelope.batch_id && again->sent == read->sent,
            "what was written comes back as something else");
}

}  // namespace
}  // namespace weir

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    weir::check({reinterpret_cast<const char*>(data) + 1, size - 1},
                (data[0] & 1U) == 0 ? weir::MessageForm::text : weir::MessageForm::binary);
    return 0;
}

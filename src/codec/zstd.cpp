#include <algorithm>
#include <memory>
#include <new>

#include <fmt/format.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "codec/bounded_output.h"
#include "codec/compression.h"

namespace weir {
namespace {

constexpr int max_window_log = 23;  // 8 MiB, what RFC 8878 (section 3.1.1.1.2) asks every decoder to support

struct FreeContext {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

// One a thread: making a context costs more than a small body.
ZSTD_DCtx& decompression_context() {
    thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
    if (!context) throw std::bad_alloc();
    ZSTD_DCtx_reset(context.get(), ZSTD_reset_session_and_parameters);
    ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, max_window_log);
    return *context;
}

ZSTD_CCtx& compression_context() {
    thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
    if (!context) throw std::bad_alloc();
    ZSTD_CCtx_reset(context.get(), ZSTD_reset_session_and_parameters);
    return *context;
}

tl::unexpected<Error> invalid(std::string_view problem, std::size_t offset) {
    return fail(ErrorCode::invalid, "zstd-invalid",
                fmt::format("the body is not zstd (RFC 8878) to its end: {}, in the frame at byte {}",
                            problem, offset),
                "check the Content-Encoding, and that the body was sent whole");
}

tl::unexpected<Error> window_too_large() {
    return fail(ErrorCode::unsupported, "zstd-window",
                "the body is compressed with a window of more than 8 MiB",
                "compress it without --long or --ultra");
}

tl::unexpected<Error> decode_error(std::size_t code, std::size_t offset) {
    switch (ZSTD_getErrorCode(code)) {
        case ZSTD_error_memory_allocation:
            throw std::bad_alloc();
        case ZSTD_error_frameParameter_windowTooLarge:
            return window_too_large();
        case ZSTD_error_dictionary_wrong:
            return fail(ErrorCode::unsupported, "zstd-dictionary", "the body is compressed with a dictionary",
                        "compress it without one");
        case ZSTD_error_prefix_unknown:
            return invalid("no frame begins there", offset);
        case ZSTD_error_srcSize_wrong:
            return invalid("it is cut short", offset);
        case ZSTD_error_checksum_wrong:
            return invalid("its checksum is wrong", offset);
        default:
            return invalid(ZSTD_getErrorName(code), offset);
    }
}

// A frame of an announced size: straight into the output, which serves as the window.
Result<void> decode_at_once(ZSTD_DCtx& context, std::string_view frame, std::uint64_t size,
                            std::size_t offset, BoundedOutput& out) {
    if (auto good = out.reserve(size); !good) return good;
    const std::size_t written = ZSTD_decompressDCtx(&context, out.room(), size, frame.data(), frame.size());
    if (ZSTD_isError(written) != 0) return decode_error(written, offset);
    return out.add(written);
}

Result<void> decode_streaming(ZSTD_DCtx& context, std::string_view frame, std::size_t offset,
                              BoundedOutput& out) {
    ZSTD_inBuffer input{frame.data(), frame.size(), 0};
    for (;;) {
        if (out.room_size() == 0) out.grow();
        ZSTD_outBuffer output{out.room(), out.room_size(), 0};
        const std::size_t before = input.pos;
        const std::size_t left = ZSTD_decompressStream(&context, &output, &input);
        if (ZSTD_isError(left) != 0) return decode_error(left, offset);
        if (auto good = out.add(output.pos); !good) return good;
        if (left == 0) return {};
        if (output.pos == 0 && input.pos == before) return invalid("it is cut short", offset);
    }
}

// Whether the window of a frame of known size is its content (RFC 8878, section 3.1.1.1.1.2), so that no
// window is kept beside.
bool is_single_segment(std::string_view frame) {
    return frame.size() > 4 && (static_cast<unsigned char>(frame[4]) & 0x20U) != 0;
}

std::uint32_t magic_number(std::string_view frame) {
    const auto byte = [&](std::size_t i) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(frame[i]));
    };
    return byte(0) | byte(1) << 8U | byte(2) << 16U | byte(3) << 24U;
}

bool is_skippable(std::uint32_t magic) {
    return (magic & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START;
}

bool window_fits(std::string_view frame) {
    if (is_single_segment(frame) || frame.size() <= 5) return true;
    const auto descriptor = static_cast<unsigned char>(frame[5]);
    const unsigned log = 10 + (descriptor >> 3U), mantissa = descriptor & 7U;
    return log < max_window_log || (log == max_window_log && mantissa == 0);
}

Result<std::string> decompress(std::string_view data, const DecompressionLimits& limits) {
    if (data.empty()) return invalid("it is empty", 0);
    ZSTD_DCtx& context = decompression_context();
    BoundedOutput out(data.size(), limits);
    for (std::size_t at = 0; at < data.size();) {
        if (data.size() - at < 4) return invalid("no frame begins there", at);
        const std::uint32_t magic = magic_number(data.substr(at));
        // zstd's library may also read the formats from before RFC 8878; nobody needs them here.
        if (magic != ZSTD_MAGICNUMBER && !is_skippable(magic)) return invalid("no frame begins there", at);
        const std::size_t length = ZSTD_findFrameCompressedSize(data.data() + at, data.size() - at);
        if (ZSTD_isError(length) != 0) return decode_error(length, at);
        const std::string_view frame = data.substr(at, length);
        at += length;
        if (is_skippable(magic)) continue;
        if (!window_fits(frame)) return window_too_large();
        const auto size = ZSTD_getFrameContentSize(frame.data(), frame.size());
        const std::size_t offset = at - length;
        if (size == ZSTD_CONTENTSIZE_ERROR) return invalid("its header is malformed", offset);
        auto good = size == ZSTD_CONTENTSIZE_UNKNOWN ? decode_streaming(context, frame, offset, out)
                                                     : decode_at_once(context, frame, size, offset, out);
        if (!good) return fail(std::move(good).error());
    }
    return out.take();
}

}  // namespace

Result<std::string> zstd_decompress(std::string_view data, const DecompressionLimits& limits) {
    try {
        return decompress(data, limits);
    } catch (const std::bad_alloc&) {
        return fail(ErrorCode::overloaded, "out-of-memory",
                    "there is not enough memory to decompress the body now",
                    "send it again later, or as several batches");
    }
}

std::optional<std::string_view> zstd_decompress_known(std::string_view data, std::size_t size,
                                                      std::string& buffer) {
    if (buffer.size() < size) buffer.resize(size);
    const std::size_t written =
        ZSTD_decompressDCtx(&decompression_context(), buffer.data(), size, data.data(), data.size());
    if (ZSTD_isError(written) != 0 || written != size) return std::nullopt;
    return std::string_view(buffer).substr(0, size);
}

std::string zstd_compress(std::string_view data, int level) {
    ZSTD_CCtx& context = compression_context();
    ZSTD_CCtx_setParameter(&context, ZSTD_c_compressionLevel,
                           std::clamp(level, ZSTD_minCLevel(), ZSTD_maxCLevel()));
    ZSTD_CCtx_setParameter(&context, ZSTD_c_checksumFlag, 1);
    std::string out(ZSTD_compressBound(data.size()), '\0');
    const std::size_t size = ZSTD_compress2(&context, out.data(), out.size(), data.data(), data.size());
    if (ZSTD_isError(size) != 0)
        throw std::bad_alloc();  // the output has room for anything: nothing else can fail
    out.resize(size);
    return out;
}

}  // namespace weir

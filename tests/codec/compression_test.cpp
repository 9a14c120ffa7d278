#include "codec/compression.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <zlib.h>
#include <zstd.h>

namespace weir {
namespace {

// A frame as zstd's streaming interface writes it: without its content size, unless `pledged`.
std::string zstd_stream(std::string_view data, int window_log = 0, bool pledged = false) {
    const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(), &ZSTD_freeCCtx);
    if (window_log != 0) ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, window_log);
    if (pledged) ZSTD_CCtx_setPledgedSrcSize(context.get(), data.size());
    std::string out(ZSTD_compressBound(data.size()) + 64, '\0');
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    ZSTD_inBuffer input{data.data(), data.size() / 2, 0};  // in two pieces, so that zstd cannot know the size
    ZSTD_compressStream2(context.get(), &output, &input, ZSTD_e_flush);
    input.size = data.size();
    EXPECT_EQ(ZSTD_compressStream2(context.get(), &output, &input, ZSTD_e_end), 0U);
    out.resize(output.pos);
    return out;
}

std::string gzip(std::string_view data) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY),
              Z_OK);
    std::string out(deflateBound(&stream, data.size()), '\0');
    std::string in(data);
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

// Data that compresses about 2 to 1, so that no ratio is passed.
std::string plain_data(std::size_t size) {
    std::string data;
    for (std::uint32_t x = 1; data.size() < size; x = x * 1664525U + 1013904223U)
        data += std::to_string(x >> 8U);
    data.resize(size);
    return data;
}

struct Format {
    const char* name;
    std::string (*compress)(std::string_view);
    Result<std::string> (*decompress)(std::string_view, const DecompressionLimits&);
    const char* invalid;
};

class Compression : public testing::TestWithParam<Format> {
  protected:
    static std::string compress(std::string_view data) { return GetParam().compress(data); }
    static Result<std::string> decompress(std::string_view data, const DecompressionLimits& limits = {}) {
        return GetParam().decompress(data, limits);
    }
    static std::string reason(std::string_view data, const DecompressionLimits& limits = {}) {
        const auto result = decompress(data, limits);
        return result ? "taken" : result.error().reason;
    }
};

INSTANTIATE_TEST_SUITE_P(Formats, Compression,
                         testing::Values(Format{"zstd", [](std::string_view d) { return zstd_compress(d); },
                                                &zstd_decompress, "zstd-invalid"},
                                         Format{"zstd_stream",
                                                [](std::string_view d) { return zstd_stream(d); },
                                                &zstd_decompress, "zstd-invalid"},
                                         Format{"gzip", [](std::string_view d) { return gzip(d); },
                                                &gzip_decompress, "gzip-invalid"}),
                         [](const auto& format) { return format.param.name; });

TEST_P(Compression, gives_back_what_was_compressed) {
    for (const std::size_t size : {0U, 1U, 100U, 65'535U, 65'536U, 65'537U, 131'072U, 3'000'000U}) {
        const std::string data = plain_data(size);
        const auto back = decompress(compress(data));
        ASSERT_TRUE(back) << back.error().message;
        EXPECT_TRUE(*back == data) << size;
    }
    EXPECT_TRUE(
        rc::check([](const std::string& data) { RC_ASSERT(decompress(compress(data)).value() == data); }));
}

TEST_P(Compression, takes_several_frames_or_members) {
    const std::string data = plain_data(100'000);
    const auto back = decompress(compress("a") + compress("") + compress(data) + compress("b"));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_TRUE(*back == "a" + data + "b");
}

TEST_P(Compression, refuses_what_is_cut_short) {
    const std::string whole = compress(plain_data(1000));
    for (std::size_t size = 0; size < whole.size(); ++size)
        ASSERT_EQ(reason(whole.substr(0, size)), GetParam().invalid) << size;
}

TEST_P(Compression, refuses_what_is_followed_by_something_else) {
    const std::string whole = compress("data");
    EXPECT_EQ(reason(whole + "x"), GetParam().invalid);
    EXPECT_EQ(reason(whole + std::string(1, '\0')), GetParam().invalid);
    EXPECT_EQ(reason(whole + "something longer than any header"), GetParam().invalid);
    EXPECT_EQ(reason(whole + whole.substr(0, 3)), GetParam().invalid);
}

TEST_P(Compression, refuses_what_it_is_not) {
    for (const char* data : {"", "x", "{\"event_id\":1}", "\x1f\x8b", "\x28\xb5\x2f\xfd"})
        EXPECT_EQ(reason(data), GetParam().invalid) << data;
}

TEST_P(Compression, a_changed_byte_is_an_error_or_changes_nothing) {
    const std::string data = plain_data(2000), whole = compress(data);
    for (std::size_t i = 0; i < whole.size(); ++i) {
        std::string changed = whole;
        changed[i] = static_cast<char>(changed[i] ^ 0x10);
        const auto back = decompress(changed);
        // The streamed zstd frame of this test has no checksum; the others find every change, but for header
        // fields nobody reads.
        if (back && std::string(GetParam().name) != "zstd_stream") {
            EXPECT_TRUE(*back == data) << i;
        }
    }
}

TEST_P(Compression, the_limit_is_exact) {
    const std::string data = plain_data(200'000), whole = compress(data);
    DecompressionLimits limits;
    limits.max_output = Bytes{data.size()};
    EXPECT_EQ(reason(whole, limits), "taken");
    limits.max_output = Bytes{data.size() - 1};
    EXPECT_EQ(reason(whole, limits), "decompressed-too-large");
    EXPECT_EQ(decompress(whole, limits).error().code, ErrorCode::too_large);
    limits.max_output = Bytes{0};
    EXPECT_EQ(reason(whole, limits), "decompressed-too-large");
    EXPECT_EQ(reason(compress(""), limits), "taken");
    limits.max_output = Bytes{UINT64_MAX};
    EXPECT_EQ(reason(whole, limits), "taken");
}

TEST_P(Compression, the_limit_holds_for_all_frames_together) {
    const std::string one = compress(plain_data(100'000));
    DecompressionLimits limits;
    limits.max_output = Bytes{250'000};
    EXPECT_EQ(reason(one + one, limits), "taken");
    EXPECT_EQ(reason(one + one + one, limits), "decompressed-too-large");
}

TEST_P(Compression, refuses_a_bomb) {
    const std::string bomb = compress(std::string(50U << 20U, '\0'));
    EXPECT_LT(bomb.size(), 100'000U);
    EXPECT_EQ(reason(bomb), "compression-ratio");
    EXPECT_EQ(decompress(bomb).error().code, ErrorCode::too_large);
    DecompressionLimits limits;
    limits.max_ratio = UINT64_MAX;
    EXPECT_EQ(reason(bomb, limits), "taken");
    limits.max_output = 1_MiB;
    EXPECT_EQ(reason(bomb, limits), "decompressed-too-large");
}

TEST_P(Compression, a_small_body_may_have_any_ratio) {
    const std::string zeros = compress(std::string(1U << 20U, '\0'));
    EXPECT_EQ(reason(zeros), "taken");
    DecompressionLimits limits;
    limits.min_ratio_output = Bytes{(1U << 20U) - 1};
    EXPECT_EQ(reason(zeros, limits), "compression-ratio");
}

TEST(Zstd, an_announced_size_is_not_believed) {
    // RFC 8878, section 3.1.1.1: magic number, a single segment with a content size of 8 bytes, then one raw
    // block of 1 byte.
    const auto frame = [](std::uint64_t announced) {
        std::string out("\x28\xB5\x2F\xFD\xE0", 5);
        for (unsigned i = 0; i < 8; ++i)
            out += static_cast<char>(announced >> (8U * i) & 0xFFU);
        return out + std::string("\x09\x00\x00x", 4);
    };
    EXPECT_EQ(zstd_decompress(frame(1), {}).value(), "x");
    EXPECT_EQ(zstd_decompress(frame(2), {}).error().reason, "zstd-invalid");
    EXPECT_EQ(zstd_decompress(frame(0), {}).error().reason, "zstd-invalid");
    EXPECT_EQ(zstd_decompress(frame(60U << 20U), {}).error().reason, "compression-ratio")
        << "before any memory is taken";
    EXPECT_EQ(zstd_decompress(frame(65U << 20U), {}).error().reason, "decompressed-too-large");
    EXPECT_EQ(zstd_decompress(frame(UINT64_MAX - 2), {}).error().reason, "decompressed-too-large");
}

TEST(Zstd, refuses_a_window_over_8_mib) {
    const std::string data = plain_data(300'000);
    EXPECT_TRUE(zstd_decompress(zstd_stream(data, 23), {}));
    const auto refused = zstd_decompress(zstd_stream(data, 24), {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::unsupported);
    EXPECT_EQ(refused.error().reason, "zstd-window");
    EXPECT_TRUE(zstd_decompress(zstd_stream(data, 24, /*pledged=*/true), {}))
        << "zstd needs no more window than content";
    // The same with a size that is known: magic, no single segment, 4 bytes of size, a window of 16 MiB, one
    // raw block.
    const std::string known("\x28\xB5\x2F\xFD\x80\x70\x01\x00\x00\x00\x09\x00\x00x", 14);
    EXPECT_EQ(zstd_decompress(known, {}).error().reason, "zstd-window");
}

TEST(Zstd, skips_skippable_frames) {
    const std::string skippable(
        "\x50\x2A\x4D\x18\x03\x00\x00\x00"
        "abc",
        11);
    EXPECT_EQ(zstd_decompress(skippable + zstd_compress("data") + skippable, {}).value(), "data");
    EXPECT_EQ(zstd_decompress(skippable.substr(0, 10), {}).error().reason, "zstd-invalid");
}

TEST(Zstd, the_ratio_is_exact) {
    std::string data = zstd_compress(std::string(65'536, '\0'));
    const std::size_t padding = 64 - data.size() - 8;  // a skippable frame, to make the input 64 bytes
    ASSERT_LT(padding, 64U);
    data += std::string("\x50\x2A\x4D\x18", 4) + static_cast<char>(padding) + std::string(3, '\0') +
            std::string(padding, 'x');
    ASSERT_EQ(data.size(), 64U);
    EXPECT_TRUE(zstd_decompress(data, {1_MiB, 1024, Bytes{0}}));
    EXPECT_EQ(zstd_decompress(data, {1_MiB, 1023, Bytes{0}}).error().reason, "compression-ratio");
}

TEST(Zstd, refuses_dictionaries_and_older_formats) {
    // A frame that names dictionary 7: magic, single segment with a dictionary id of 1 byte, the id, a size
    // of 1, one raw block.
    const std::string dictionary("\x28\xB5\x2F\xFD\x21\x07\x01\x09\x00\x00x", 11);
    EXPECT_EQ(zstd_decompress(dictionary, {}).error().reason, "zstd-dictionary");
    for (const char version : {'\x22', '\x23', '\x24', '\x25', '\x26', '\x27'})
        EXPECT_EQ(zstd_decompress(version + std::string("\xB5\x2F\xFD") + std::string(100, '\0'), {})
                      .error()
                      .reason,
                  "zstd-invalid");
}

TEST(Zstd, an_error_leaves_nothing_behind) {
    const std::string data = plain_data(300'000);
    for (const std::string& good : {zstd_compress(data), zstd_stream(data)}) {
        EXPECT_FALSE(zstd_decompress(good.substr(0, good.size() / 2), {}));
        EXPECT_TRUE(zstd_decompress(good, {}).value() == data);
    }
}

TEST(Zstd, data_of_a_known_size_is_read_into_a_buffer_that_serves_again) {
    std::string buffer;
    for (const std::size_t size : {1'000U, 300'000U, 10U, 0U}) {
        const std::string data = plain_data(size);
        // Also several frames, also without a size in their headers.
        for (const std::string& packed :
             {zstd_compress(data), zstd_stream(data),
              zstd_compress(data.substr(0, size / 2)) + zstd_stream(data.substr(size / 2))}) {
            EXPECT_EQ(zstd_decompress_known(packed, size, buffer), std::optional<std::string_view>(data));
            EXPECT_EQ(zstd_decompress_known(packed, size + 1, buffer), std::nullopt);
            if (size > 0) {
                EXPECT_EQ(zstd_decompress_known(packed, size - 1, buffer), std::nullopt);
            }
            EXPECT_EQ(zstd_decompress_known(packed.substr(0, packed.size() - 1), size, buffer), std::nullopt);
        }
    }
}

TEST(Zstd, writes_the_size_and_a_checksum_at_every_level) {
    const std::string data = plain_data(100'000);
    for (const int level : {-5, 1, 3, 19, 1000, -1'000'000}) {
        std::string frame = zstd_compress(data, level);
        EXPECT_EQ(ZSTD_getFrameContentSize(frame.data(), frame.size()), data.size());
        EXPECT_TRUE(zstd_decompress(frame, {}).value() == data);
        frame.back() = static_cast<char>(frame.back() ^ 1);
        EXPECT_FALSE(zstd_decompress(frame, {})) << "the checksum is the last field";
    }
}

TEST(GzipCompress, is_read_back_and_is_the_same_each_time) {
    std::string text;
    for (int i = 0; i < 20'000; ++i)
        text += std::to_string(i * i) + ",";
    for (const std::string& data : {std::string(), std::string("x"), text})
        for (const int level : {1, 6, 9}) {
            const std::string packed = gzip_compress(data, level);
            EXPECT_EQ(packed, gzip_compress(data, level));
            // RFC 1952: no name, no time.
            EXPECT_EQ(packed.substr(0, 8), std::string("\x1f\x8b\x08\0\0\0\0\0", 8));
            if (data.empty()) continue;  // nothing to send, so gzip_decompress takes it for a mistake
            const auto back = gzip_decompress(packed, {});
            ASSERT_TRUE(back);
            EXPECT_EQ(*back, data);
        }
}

}  // namespace
}  // namespace weir

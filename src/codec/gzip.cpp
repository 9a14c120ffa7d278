#include <algorithm>
#include <limits>
#include <memory>
#include <new>

#include <fmt/format.h>
#include <zlib.h>

#include "codec/bounded_output.h"
#include "codec/compression.h"

namespace weir {
namespace {

tl::unexpected<Error> invalid(std::string_view problem, std::size_t offset) {
    return fail(ErrorCode::invalid, "gzip-invalid",
                fmt::format("the body is not gzip (RFC 1952) to its end: {}, at byte {}", problem, offset),
                "check the Content-Encoding, and that the body was sent whole");
}

uInt bounded(std::size_t size) {
    return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

// The state of zlib; members follow one another.
class Inflater {
  public:
    Inflater() {
        constexpr int gzip_only = 16;
        if (inflateInit2(&stream_, MAX_WBITS + gzip_only) != Z_OK) throw std::bad_alloc();
    }
    ~Inflater() { inflateEnd(&stream_); }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    // One step; moves what was read off `input`.
    int step(std::string_view& input, BoundedOutput& out, std::size_t& written) {
        stream_.next_in =
            reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));  // zlib does not write there
        stream_.avail_in = bounded(input.size());
        stream_.next_out = reinterpret_cast<Bytef*>(out.room());
        stream_.avail_out = bounded(out.room_size());
        const uInt in = stream_.avail_in, room = stream_.avail_out;
        const int status = inflate(&stream_, Z_NO_FLUSH);
        input.remove_prefix(in - stream_.avail_in);
        written = room - stream_.avail_out;
        return status;
    }
    void next_member() { inflateReset(&stream_); }
    [[nodiscard]] std::string_view problem() const {
        return stream_.msg != nullptr ? stream_.msg : "it is corrupt";
    }

  private:
    z_stream stream_{};
};

Result<std::string> decompress(std::string_view data, const DecompressionLimits& limits) {
    Inflater inflater;
    BoundedOutput out(data.size(), limits);
    std::string_view input = data;
    for (;;) {
        if (out.room_size() == 0) out.grow();
        std::size_t written = 0;
        const int status = inflater.step(input, out, written);
        const std::size_t offset = data.size() - input.size();
        if (auto good = out.add(written); !good) return fail(std::move(good).error());
        if (status == Z_STREAM_END) {
            if (input.empty()) return out.take();
            inflater.next_member();
            continue;
        }
        if (status == Z_MEM_ERROR) throw std::bad_alloc();
        if (status != Z_OK && status != Z_BUF_ERROR) return invalid(inflater.problem(), offset);
        if (input.empty() && out.room_size() != 0) return invalid("it is cut short", offset);
    }
}

}  // namespace

Result<std::string> gzip_decompress(std::string_view data, const DecompressionLimits& limits) {
    try {
        return decompress(data, limits);
    } catch (const std::bad_alloc&) {
        return fail(ErrorCode::overloaded, "out-of-memory",
                    "there is not enough memory to decompress the body now",
                    "send it again later, or as several batches");
    }
}

std::string gzip_compress(std::string_view data, int level) {
    constexpr int gzip_only = 16;
    constexpr int memory_level = 9;
    z_stream stream{};
    if (deflateInit2(&stream, level, Z_DEFLATED, MAX_WBITS + gzip_only, memory_level, Z_DEFAULT_STRATEGY) !=
        Z_OK)
        throw std::bad_alloc();
    std::string out(deflateBound(&stream, data.size()), '\0');
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    std::size_t room = out.size();
    int status = Z_OK;
    while (status == Z_OK) {  // zlib counts in 32 bits
        stream.next_in =
            reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));  // zlib does not write there
        stream.avail_in = bounded(data.size());
        stream.avail_out = bounded(room);
        const uInt in = stream.avail_in, out_room = stream.avail_out;
        status = deflate(&stream, in == data.size() ? Z_FINISH : Z_NO_FLUSH);
        data.remove_prefix(in - stream.avail_in);
        room -= out_room - stream.avail_out;
    }
    deflateEnd(&stream);
    out.resize(out.size() - room);
    return out;
}

}  // namespace weir

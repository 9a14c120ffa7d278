#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace weir {

struct DecompressionLimits {
    Bytes max_output = 64_MiB;
    std::uint64_t max_ratio = 200;  // output / input, once the output is over min_ratio_output
    Bytes min_ratio_output = 1_MiB;
};

// RFC 8878 (one or more frames, windows of at most 8 MiB) and RFC 1952 (one or more members). Errors:
// ErrorCode::invalid
// ("zstd-invalid", "gzip-invalid": corrupt, cut short, empty or followed by something else),
// ErrorCode::unsupported
// ("zstd-window", "zstd-dictionary") and ErrorCode::too_large ("decompressed-too-large",
// "compression-ratio"). Memory stays bounded by max_output and the window, whatever the data announces of
// itself. Thread-safe.
Result<std::string> zstd_decompress(std::string_view data, const DecompressionLimits& limits);
Result<std::string> gzip_decompress(std::string_view data, const DecompressionLimits& limits);

// As zstd_decompress, for data of our own whose size is known: into `buffer`, which only ever grows, so that
// it serves block after block. nullopt when the data is corrupt or of another size. Throws std::bad_alloc.
std::optional<std::string_view> zstd_decompress_known(std::string_view data, std::size_t size,
                                                      std::string& buffer);

// One frame with its content size and a checksum. `level` is brought into zstd's range. Throws
// std::bad_alloc.
std::string zstd_compress(std::string_view data, int level = 1);

// One member, without name or time, so that the same data gives the same bytes. `level` is 1 to 9. Throws
// std::bad_alloc.
std::string gzip_compress(std::string_view data, int level = 6);

}  // namespace weir

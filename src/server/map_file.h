#pragma once

#include <filesystem>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "server/map_outlines.h"

namespace weir {

constexpr Bytes max_map_bytes = 16_MiB;

struct MapFile {
    std::string json;  // what GET /v1/map answers: see project_outlines
    std::size_t outlines = 0;
    std::size_t unnamed = 0;  // areas that were left out, since they have no name
};

// The outlines of an operator's own file, ready for the live page. Fails with ErrorCode::usage
// ("map-missing", "map-invalid", "map-too-large"); the message names the file.
Result<MapFile> read_map_file(const std::filesystem::path& file, const OutlineRequest& request);

}  // namespace weir

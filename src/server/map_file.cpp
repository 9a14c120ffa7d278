#include "server/map_file.h"

#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "server/map_projection.h"

namespace weir {
namespace {

Error named(const std::filesystem::path& file, Error error) {
    error.message = fmt::format("map file {}: {}", file.string(), error.message);
    return error;
}

Result<std::string> read_text(const std::filesystem::path& file) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(file, ignored))
        return fail(ErrorCode::usage, "map-missing", "there is no such file",
                    "give a TopoJSON or GeoJSON file");
    std::ifstream stream(file, std::ios::binary);
    std::string text(max_map_bytes.count + 1, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (stream.bad() || (stream.gcount() == 0 && !stream.eof()))
        return fail(ErrorCode::usage, "map-missing", "it cannot be read", "check its permissions");
    text.resize(static_cast<std::size_t>(stream.gcount()));
    if (text.size() > max_map_bytes.count)
        return fail(
            ErrorCode::usage, "map-too-large",
            fmt::format("it is larger than {}", format_bytes(max_map_bytes)),
            "simplify it: `mapshaper IN -simplify 5% -o OUT` does; every visitor of the page loads it");
    return text;
}

}  // namespace

Result<MapFile> read_map_file(const std::filesystem::path& file, const OutlineRequest& request) {
    const auto text = read_text(file);
    if (!text) return fail(named(file, text.error()));
    const auto found = read_outlines(*text, request);
    if (!found) return fail(named(file, found.error()));
    auto json = project_outlines(found->outlines);
    if (!json) return fail(named(file, std::move(json).error()));
    return MapFile{std::move(*json), found->outlines.size(), found->unnamed};
}

}  // namespace weir

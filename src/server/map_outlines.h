#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir {

struct MapPoint {
    double longitude = 0, latitude = 0;  // degrees
};
using MapRing = std::vector<MapPoint>;

// The area that one name is drawn on: outer rings and holes alike, filled by the even-odd rule.
struct MapOutline {
    std::string name;
    std::vector<MapRing> rings;
};

struct OutlineRequest {
    std::string object;             // of a TopoJSON file with several; empty: its only one
    std::string property = "name";  // what names an area; "id" is also the id beside the properties
};

struct MapOutlines {
    std::vector<MapOutline> outlines;  // in the order of the file; areas of one name are one outline
    std::size_t unnamed = 0;           // areas without a name, which are left out
};

constexpr std::size_t max_map_outlines = 5'000;
constexpr std::size_t max_map_points = 1'000'000;

// The areas of a GeoJSON (RFC 7946) or TopoJSON (its specification 1.0) text: Polygons and MultiPolygons in
// degrees; points and lines are passed over. Fails with ErrorCode::usage ("map-invalid", "map-too-large") and
// a message that names what was expected where.
Result<MapOutlines> read_outlines(std::string_view json, const OutlineRequest& request);

}  // namespace weir

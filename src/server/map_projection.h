#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "server/map_outlines.h"

namespace weir {

// The outlines as the live page draws them: {"width":W,"height":H,"outlines":[["name","M…z"],…]}, SVG paths
// in a box of at most 1000 by 1000. By Mercator, cut where the widest stretch without any area lies, so that
// what lies on both sides of the 180th meridian stays together. Latitudes beyond 85 degrees are drawn at 85.
// Every outline has a ring, and every ring a point. Fails with ErrorCode::usage ("map-invalid") when there is
// nothing to be seen.
Result<std::string> project_outlines(const std::vector<MapOutline>& outlines);

}  // namespace weir

#pragma once

#include <cstddef>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "server/map_outlines.h"

namespace weir {

// The arcs of a TopoJSON file (specification 1.0, 2.1.3 and 2.1.4): lines that neighbouring areas share.
class TopoArcs {
  public:
    // `transform` may be null: then positions are degrees as they stand, else whole steps from one to the
    // next.
    static Result<TopoArcs> read(const nlohmann::json& arcs, const nlohmann::json& transform);

    // A ring from the numbers of its arcs; ~n is arc n backwards.
    [[nodiscard]] Result<MapRing> ring(const nlohmann::json& numbers) const;

  private:
    std::vector<MapRing> arcs_;
};

}  // namespace weir

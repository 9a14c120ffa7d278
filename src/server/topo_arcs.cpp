#include "server/topo_arcs.h"

#include <cstdint>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace weir {
namespace {

using Json = nlohmann::json;

tl::unexpected<Error> bad(std::string message) {
    return fail(ErrorCode::usage, "map-invalid", std::move(message), "is the file whole?");
}

bool is_pair(const Json& value) {
    return value.is_array() && value.size() >= 2 && value[0].is_number() && value[1].is_number();
}

// From whole steps to degrees: the point is the sum of the steps up to it, scaled and moved.
struct Transform {
    bool quantized = false;
    MapPoint scale{1, 1}, translate{0, 0};

    void apply(MapRing& arc) const {
        if (!quantized) return;
        MapPoint sum;
        for (MapPoint& point : arc) {
            sum.longitude += point.longitude;
            sum.latitude += point.latitude;
            point = {sum.longitude * scale.longitude + translate.longitude,
                     sum.latitude * scale.latitude + translate.latitude};
        }
    }
};

Result<Transform> read_transform(const Json& json) {
    Transform transform;
    if (json.is_null()) return transform;
    const auto pair = [&](const char* name, MapPoint& out) {
        if (!json.is_object() || !json.contains(name) || !is_pair(json.at(name))) return false;
        out = {json.at(name)[0].get<double>(), json.at(name)[1].get<double>()};
        return true;
    };
    if (!pair("scale", transform.scale) || !pair("translate", transform.translate))
        return bad(R"(its transform is not of the form {"scale":[x,y],"translate":[x,y]})");
    transform.quantized = true;
    return transform;
}

}  // namespace

Result<TopoArcs> TopoArcs::read(const Json& arcs, const Json& transform) {
    const auto how = read_transform(transform);
    if (!how) return fail(how.error());
    if (!arcs.is_array()) return bad("its member arcs is no array");
    TopoArcs out;
    for (const Json& arc : arcs) {
        MapRing line;
        if (!arc.is_array() || arc.empty())
            return bad(fmt::format("its arc {} is no array of positions", out.arcs_.size()));
        for (const Json& position : arc) {
            if (!is_pair(position)) return bad(fmt::format("its arc {} holds no position", out.arcs_.size()));
            line.push_back({position[0].get<double>(), position[1].get<double>()});
        }
        how->apply(line);
        out.arcs_.push_back(std::move(line));
    }
    return out;
}

Result<MapRing> TopoArcs::ring(const Json& numbers) const {
    if (!numbers.is_array()) return bad("a ring is no array of arcs");
    MapRing ring;
    for (const Json& number : numbers) {
        const std::int64_t n = number.is_number_integer() ? number.get<std::int64_t>() : 0;
        const std::int64_t index = n < 0 ? -(n + 1) : n;
        if (!number.is_number_integer() || index >= static_cast<std::int64_t>(arcs_.size()))
            return bad(fmt::format("a ring names the arc {}, and there are {}", number.dump().substr(0, 30),
                                   arcs_.size()));
        const MapRing& arc = arcs_[static_cast<std::size_t>(index)];
        if (ring.size() + arc.size() > max_map_points) return bad("a ring has too many points");
        // Each arc begins where the one before it ended.
        if (!ring.empty()) ring.pop_back();
        if (n < 0)
            ring.insert(ring.end(), arc.rbegin(), arc.rend());
        else
            ring.insert(ring.end(), arc.begin(), arc.end());
    }
    return ring;
}

}  // namespace weir

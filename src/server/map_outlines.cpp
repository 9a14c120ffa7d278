#include "server/map_outlines.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/json_string.h"
#include "base/text.h"
#include "server/topo_arcs.h"

namespace weir {
namespace {

using Json = nlohmann::json;

tl::unexpected<Error> bad(std::string message, std::string hint = {}) {
    return fail(ErrorCode::usage, "map-invalid", std::move(message), std::move(hint));
}

tl::unexpected<Error> too_many_points() {
    return fail(ErrorCode::usage, "map-too-large",
                fmt::format("it has more than {} points", with_commas(max_map_points)),
                "simplify it: `mapshaper IN -simplify 5% -o OUT` does");
}

const Json& member(const Json& object, const char* name) {
    static const Json none;
    if (!object.is_object()) return none;
    const auto found = object.find(name);
    return found == object.end() ? none : *found;
}
std::string type_of(const Json& object) {
    const Json& type = member(object, "type");
    return type.is_string() ? type.get<std::string>() : std::string{};
}

std::optional<std::string> text_of(const Json& value) {
    if (value.is_string() && !value.get_ref<const std::string&>().empty()) return value.get<std::string>();
    if (value.is_number_integer()) return value.dump();
    return std::nullopt;
}

// Collects areas, and what they have in place of the name that was wanted.
class Collector {
  public:
    explicit Collector(const OutlineRequest& request) : request_(request) {}

    // `holder` has the properties and perhaps the id.
    Result<void> add(const Json& holder, std::vector<MapRing> rings) {
        for (const MapRing& ring : rings)
            points_ += ring.size();
        if (points_ > max_map_points) return too_many_points();
        const auto name = name_of(holder);
        if (!name) {
            ++found_.unnamed;
            return {};
        }
        const auto [place, is_new] = index_.try_emplace(*name, found_.outlines.size());
        if (is_new) found_.outlines.push_back({*name, {}});
        if (found_.outlines.size() > max_map_outlines)
            return fail(ErrorCode::usage, "map-too-large",
                        fmt::format("it has more than {} areas", with_commas(max_map_outlines)),
                        "give a file of the areas that your keys name");
        auto& all = found_.outlines[place->second].rings;
        std::move(rings.begin(), rings.end(), std::back_inserter(all));
        return {};
    }

    Result<MapOutlines> finish() {
        if (!found_.outlines.empty()) return std::move(found_);
        if (found_.unnamed == 0)
            return bad("it holds no area",
                       "weir draws Polygons and MultiPolygons; points and lines are passed over");
        std::string known;
        for (const std::string& name : properties_)
            known += (known.empty() ? "" : ", ") + printable(name);
        return bad(fmt::format("none of its {} areas has the property {}", with_commas(found_.unnamed),
                               json_string(request_.property)),
                   known.empty() ? "its areas have no properties: try --map-property id"
                                 : "give --map-property one of: " + known);
    }

  private:
    std::optional<std::string> name_of(const Json& holder) {
        const Json& properties = member(holder, "properties");
        if (auto name = text_of(member(properties, request_.property.c_str()))) return name;
        if (request_.property == "id")
            if (auto name = text_of(member(holder, "id"))) return name;
        if (properties.is_object() && properties_.empty())
            for (const auto& [name, value] : properties.items())
                if (text_of(value) && properties_.size() < max_told) properties_.push_back(name);
        return std::nullopt;
    }

    static constexpr std::size_t max_told = 12;
    const OutlineRequest& request_;
    MapOutlines found_;
    std::map<std::string, std::size_t> index_;
    std::vector<std::string> properties_;
    std::size_t points_ = 0;
};

bool is_degrees(const MapPoint& point) {
    return std::abs(point.longitude) <= 360 &&
           std::abs(point.latitude) <= 90;  // 180 and more: RFC 7946, 3.1.9
}

Result<void> check_degrees(const MapRing& ring) {
    for (const MapPoint& point : ring)
        if (!is_degrees(point))
            return bad(fmt::format("({}, {}) is no longitude and latitude in degrees", point.longitude,
                                   point.latitude),
                       "the file seems to be projected already: give it in degrees (WGS 84), "
                       "`mapshaper IN -proj wgs84 -o OUT` does it");
    return {};
}

// `polygon` is an array of rings, each read by `read_ring`.
template <typename ReadRing>
Result<void> add_polygon(const Json& polygon, std::vector<MapRing>& rings, std::size_t& points_read,
                         const ReadRing& read_ring) {
    if (!polygon.is_array()) return bad("a Polygon is no array of rings");
    for (const Json& ring : polygon) {
        Result<MapRing> points = read_ring(ring);
        if (!points) return fail(std::move(points).error());
        points_read += points->size();
        if (points_read > max_map_points) return too_many_points();
        if (auto degrees = check_degrees(*points); !degrees) return degrees;
        if (points->size() >= 3) rings.push_back(std::move(*points));
    }
    return {};
}

// The rings of a Polygon or MultiPolygon; none for another geometry. `shape` is its coordinates or arcs.
template <typename ReadRing>
Result<std::vector<MapRing>> rings_of(const std::string& type, const Json& shape, const ReadRing& read_ring) {
    std::vector<MapRing> rings;
    std::size_t points = 0;
    if (type == "Polygon") {
        if (auto added = add_polygon(shape, rings, points, read_ring); !added) return fail(added.error());
    } else if (type == "MultiPolygon") {
        if (!shape.is_array()) return bad("a MultiPolygon is no array of Polygons");
        for (const Json& polygon : shape)
            if (auto added = add_polygon(polygon, rings, points, read_ring); !added)
                return fail(added.error());
    }
    return rings;
}

Result<MapRing> read_positions(const Json& ring) {
    if (!ring.is_array()) return bad("a ring is no array of positions");
    MapRing points;
    points.reserve(ring.size());
    for (const Json& position : ring) {
        if (!position.is_array() || position.size() < 2 || !position[0].is_number() ||
            !position[1].is_number())
            return bad(fmt::format("{} is no position [longitude, latitude]",
                                   printable(position.dump().substr(0, 60))));
        points.push_back({position[0].get<double>(), position[1].get<double>()});
    }
    return points;
}

Result<MapOutlines> read_geojson(const Json& file, const OutlineRequest& request) {
    if (!request.object.empty()) return bad("it is GeoJSON, which has no objects", "leave --map-object away");
    const Json only = type_of(file) == "Feature" ? Json::array({file}) : Json();
    const Json& features = only.is_null() ? member(file, "features") : only;
    if (!features.is_array()) return bad("its member features is no array");
    Collector collector(request);
    for (const Json& feature : features) {
        const Json& geometry = member(feature, "geometry");
        auto rings = rings_of(type_of(geometry), member(geometry, "coordinates"), read_positions);
        if (!rings) return fail(std::move(rings).error());
        if (rings->empty()) continue;
        if (auto added = collector.add(feature, std::move(*rings)); !added) return fail(added.error());
    }
    return collector.finish();
}

Result<const Json*> object_of(const Json& file, const std::string& wanted) {
    const Json& objects = member(file, "objects");
    if (!objects.is_object() || objects.empty()) return bad("its member objects has no object");
    std::string known;
    for (const auto& [name, object] : objects.items()) {
        if (name == wanted || (wanted.empty() && objects.size() == 1)) return &object;
        known += (known.empty() ? "" : ", ") + printable(name);
    }
    if (wanted.empty()) return bad("it has several objects", "give --map-object one of: " + known);
    return bad(fmt::format("it has no object {}", json_string(wanted)), "give --map-object one of: " + known);
}

Result<MapOutlines> read_topojson(const Json& file, const OutlineRequest& request) {
    const Result<const Json*> object = object_of(file, request.object);
    if (!object) return fail(object.error());
    const Result<TopoArcs> arcs = TopoArcs::read(member(file, "arcs"), member(file, "transform"));
    if (!arcs) return fail(arcs.error());
    const Json only = type_of(**object) == "GeometryCollection" ? Json() : Json::array({**object});
    const Json& geometries = only.is_null() ? member(**object, "geometries") : only;
    if (!geometries.is_array()) return bad("the member geometries of its object is no array");
    Collector collector(request);
    for (const Json& geometry : geometries) {
        auto rings = rings_of(type_of(geometry), member(geometry, "arcs"),
                              [&](const Json& ring) { return arcs->ring(ring); });
        if (!rings) return fail(std::move(rings).error());
        if (rings->empty()) continue;
        if (auto added = collector.add(geometry, std::move(*rings)); !added) return fail(added.error());
    }
    return collector.finish();
}

}  // namespace

Result<MapOutlines> read_outlines(std::string_view json, const OutlineRequest& request) {
    const Json file = Json::parse(json, nullptr, false);
    if (file.is_discarded()) return bad("it is no JSON", "a TopoJSON or GeoJSON file is wanted");
    const std::string type = type_of(file);
    if (type == "Topology") return read_topojson(file, request);
    if (type == "FeatureCollection" || type == "Feature") return read_geojson(file, request);
    return bad(type.empty() ? std::string("it is neither TopoJSON nor GeoJSON: it has no type")
                            : fmt::format("its type is {}", json_string(type)),
               "a TopoJSON file (type Topology) or a GeoJSON file (type FeatureCollection) is wanted");
}

}  // namespace weir

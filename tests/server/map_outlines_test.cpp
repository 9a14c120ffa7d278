// The operator's own map: TopoJSON (specification 1.0) and GeoJSON (RFC 7946) to what the page draws.
#include "server/map_outlines.h"

#include <cmath>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/map_file.h"
#include "server/map_projection.h"
#include "store/temporary_folder.h"

namespace weir::test {
namespace {

// Two squares that share the border x = 1, as the specification's own example is built: positions are steps.
constexpr std::string_view topology =
    R"({"type":"Topology","transform":{"scale":[0.5,0.5],"translate":[10,20]},
    "arcs":[[[2,0],[0,2]],[[2,2],[-2,0],[0,-2],[2,0]],[[2,0],[2,0],[0,2],[-2,0]]],
    "objects":{"areas":{"type":"GeometryCollection","geometries":[
        {"type":"Polygon","arcs":[[0,1]],"properties":{"name":"West"},"id":7},
        {"type":"MultiPolygon","arcs":[[[2,-1]]],"properties":{"name":"East"}},
        {"type":"Point","coordinates":[0,0],"properties":{"name":"a point"}}]}}})";

std::string geojson(const std::string& features) {
    return R"({"type":"FeatureCollection","features":[)" + features + "]}";
}
std::string square(const std::string& properties, double west, double south, double size = 1) {
    nlohmann::json ring = {{west, south},
                           {west + size, south},
                           {west + size, south + size},
                           {west, south + size},
                           {west, south}};
    return nlohmann::json{{"type", "Feature"},
                          {"properties", nlohmann::json::parse(properties)},
                          {"geometry", {{"type", "Polygon"}, {"coordinates", {ring}}}}}
        .dump();
}

MapOutlines read(std::string_view json, const OutlineRequest& request = {}) {
    auto found = read_outlines(json, request);
    if (!found) throw std::runtime_error(found.error().message);
    return std::move(*found);
}
Error fault(std::string_view json, const OutlineRequest& request = {}) {
    const auto found = read_outlines(json, request);
    if (found) throw std::runtime_error("it was read");
    EXPECT_EQ(found.error().code, ErrorCode::usage);
    return found.error();
}
std::vector<std::pair<double, double>> pairs(const MapRing& ring) {
    std::vector<std::pair<double, double>> out;
    for (const MapPoint& point : ring)
        out.emplace_back(point.longitude, point.latitude);
    return out;
}

TEST(MapOutlines, of_topojson_are_the_sums_of_the_steps_along_shared_arcs) {
    const auto found = read(topology);
    ASSERT_EQ(found.outlines.size(), 2U);
    EXPECT_EQ(found.outlines[0].name, "West");
    using Points = std::vector<std::pair<double, double>>;
    EXPECT_EQ(pairs(found.outlines[0].rings.at(0)),
              (Points{{11, 20}, {11, 21}, {10, 21}, {10, 20}, {11, 20}}));
    // Its border with West is arc 0 backwards.
    EXPECT_EQ(found.outlines[1].name, "East");
    EXPECT_EQ(pairs(found.outlines[1].rings.at(0)),
              (Points{{11, 20}, {12, 20}, {12, 21}, {11, 21}, {11, 20}}));
}

TEST(MapOutlines, are_named_by_the_property_or_the_id_and_the_unnamed_are_counted) {
    const auto by_id = read(topology, {"", "id"});
    ASSERT_EQ(by_id.outlines.size(), 1U);
    EXPECT_EQ(by_id.outlines[0].name, "7");
    EXPECT_EQ(by_id.unnamed, 1U);
    const std::string two = geojson(square(R"({"code":"A"})", 0, 0) + "," + square(R"({"code":"A"})", 3, 3));
    const auto merged = read(two, {"", "code"});
    ASSERT_EQ(merged.outlines.size(), 1U) << "areas of one name are one outline";
    EXPECT_EQ(merged.outlines[0].rings.size(), 2U);
    EXPECT_NE(fault(two).hint.find("code"), std::string::npos) << "the properties there are, are named";
}

TEST(MapOutlines, of_several_objects_one_must_be_chosen) {
    std::string text(topology);
    text.replace(text.find(R"("objects":{)"), 11,
                 R"("objects":{"rivers":{"type":"GeometryCollection","geometries":[]},)");
    EXPECT_NE(fault(text).hint.find("areas, rivers"), std::string::npos);
    EXPECT_NE(fault(text, {"lakes", "name"}).hint.find("areas, rivers"), std::string::npos);
    EXPECT_EQ(read(text, {"areas", "name"}).outlines.size(), 2U);
    EXPECT_NE(fault(text, {"rivers", "name"}).message.find("no area"), std::string::npos);
}

TEST(MapOutlines, of_a_wrong_shape_are_refused_with_what_was_expected) {
    const std::string projected = geojson(square(R"({"name":"A"})", 400, 300));
    for (
        const auto& [text, message] : std::vector<std::pair<std::string, std::string>>{
            {"", "no JSON"},
            {"[1]", "neither TopoJSON nor GeoJSON"},
            {R"({"type":"Polygon"})", "Polygon"},
            {R"({"type":"FeatureCollection"})", "features is no array"},
            {R"({"type":"FeatureCollection","features":[]})", "no area"},
            {R"({"type":"Topology"})", "no object"},
            {projected, "no longitude and latitude"},
            {geojson(R"({"type":"Feature","geometry":{"type":"Polygon","coordinates":[[["a",1]]]}})"),
             "no position"},
            {geojson(R"({"type":"Feature","geometry":{"type":"Polygon","coordinates":7}})"),
             "no array of rings"},
            {geojson(R"({"type":"Feature","geometry":{"type":"MultiPolygon"}})"), "no array of Polygons"},
            {R"({"type":"Topology","objects":{"a":{"type":"Polygon","arcs":[[5]]}},"arcs":[[[0,0],[1,1]]]})",
             "names the arc 5"},
            {R"({"type":"Topology","objects":{"a":{"type":"Polygon","arcs":[[-9]]}},"arcs":[[[0,0],[1,1]]]})",
             "names the arc -9"},
            {R"({"type":"Topology","objects":{"a":{}},"arcs":[[7]]})", "arc 0"},
            {R"({"type":"Topology","objects":{"a":{}},"arcs":[],"transform":{"scale":1}})", "transform"},
        })
        EXPECT_NE(fault(text).message.find(message), std::string::npos)
            << text << ": " << fault(text).message;
}

TEST(MapOutlines, that_are_too_many_are_refused) {
    std::string many;
    for (std::size_t i = 0; i <= max_map_outlines; ++i)
        many += (i > 0 ? "," : "") + square(R"({"name":)" + std::to_string(i) + "}", 0, 0);
    EXPECT_EQ(fault(geojson(many)).reason, "map-too-large");
    // One arc of many points, named again and again: small as a file, large once it is put together.
    std::string arc = "[0,0]";
    for (int i = 0; i < 20'000; ++i)
        arc += i % 2 == 0 ? ",[1,0]" : ",[-1,0]";
    std::string rings = "[0]";
    for (int i = 0; i < 100; ++i)
        rings += ",[0]";
    EXPECT_EQ(
        fault(R"({"type":"Topology","objects":{"a":{"type":"Polygon","properties":{"name":"A"},"arcs":[)" +
              rings + R"(]}},"arcs":[[)" + arc + "]]}")
            .reason,
        "map-too-large");
}

nlohmann::json project(const std::string& features) {
    const auto json = project_outlines(read(geojson(features)).outlines);
    if (!json) throw std::runtime_error(json.error().message);
    return nlohmann::json::parse(*json);
}

// One degree at the equator: a square by Mercator, to a ten-thousandth. The box is 988 wide between its
// margins.
TEST(MapProjection, north_is_up_and_east_is_right) {
    const auto map = project(square(R"({"name":"A"})", 0, 0) + "," + square(R"({"name":"B"})", 1, 0));
    EXPECT_EQ(map.at("width"), 1000);
    EXPECT_EQ(map.at("height"), 506 + 1);  // 494 and two margins, rounded up
    EXPECT_EQ(map.at("outlines").at(0), (nlohmann::json{"A", "M6,500l494,0 0,-494 -494,0z"}));
    EXPECT_EQ(map.at("outlines").at(1), (nlohmann::json{"B", "M500,500l494,0 0,-494 -494,0z"}));
}

// y = ln tan(45° + latitude / 2): at 60 degrees a degree is twice as high as at the equator.
TEST(MapProjection, is_mercators) {
    const auto map =
        project(square(R"({"name":"A"})", 0, 60, 0.1) + "," + square(R"({"name":"B"})", 0.9, 60, 0.1));
    const double y = [](double degrees) {
        return std::log(std::tan(M_PI / 4 + degrees * M_PI / 360));
    }(60.1) - std::log(std::tan(M_PI / 4 + 60 * M_PI / 360));
    EXPECT_NEAR(map.at("height").get<double>(), 12 + 988 * y / (M_PI / 180), 1.01);
}

TEST(MapProjection, what_lies_on_both_sides_of_the_180th_meridian_stays_together) {
    const auto map = project(square(R"({"name":"Fiji west"})", 178, -18) + "," +
                             square(R"({"name":"Fiji east"})", -180, -18));
    EXPECT_EQ(map.at("width"), 1000);
    EXPECT_GT(map.at("height"), 300) << "three degrees wide, and not 358";
    EXPECT_EQ(map.at("outlines").at(0).at(1).get<std::string>().substr(0, 3), "M6,");
}

TEST(MapProjection, an_area_too_small_for_its_shape_is_a_dot_and_nothing_at_all_is_refused) {
    const auto map =
        project(square(R"({"name":"large"})", 0, 0, 60) + "," + square(R"({"name":"tiny"})", 30, 30, 0.001));
    EXPECT_EQ(map.at("outlines").at(1).at(1).get<std::string>().substr(0, 1), "M");
    const auto none = project_outlines(read(geojson(square(R"({"name":"A"})", 5, 5, 0))).outlines);
    ASSERT_FALSE(none);
    EXPECT_NE(none.error().message.find("no extent"), std::string::npos);
}

TEST(MapFile, names_the_file_in_every_fault) {
    const TemporaryFolder folder;
    const auto path = folder.path() / "map.json";
    const auto expect_fault = [&](const std::string& reason) {
        const auto map = read_map_file(path, {});
        ASSERT_FALSE(map);
        EXPECT_EQ(map.error().reason, reason);
        EXPECT_EQ(map.error().message.rfind("map file " + path.string() + ": ", 0), 0U)
            << map.error().message;
    };
    expect_fault("map-missing");
    std::ofstream(path) << "{";
    expect_fault("map-invalid");
    std::filesystem::resize_file(path, max_map_bytes.count + 1);
    expect_fault("map-too-large");
    std::ofstream(path, std::ios::trunc) << topology;
    const auto map = read_map_file(path, {});
    ASSERT_TRUE(map);
    EXPECT_EQ(map->outlines, 2U);
}

}  // namespace
}  // namespace weir::test
